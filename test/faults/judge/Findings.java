import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What does not hold. Of one check's findings the first twenty are kept, the rest are counted: a broken run breaks everywhere. */
final class Findings {
  record Finding(String invariant, String where, String what) {}

  private static final int KEPT = 20;

  private final Map<String, List<Finding>> byCheck = new LinkedHashMap<>();
  private final Map<String, Integer> numbers = new LinkedHashMap<>();

  /**
   * @param check what was looked at; findings are limited by it
   * @param invariant I1 to I9
   * @param where topic, partition, offset, key: wherever it shows
   */
  void add(String check, String invariant, String where, String what) {
    String name = invariant + " " + check;
    List<Finding> known = byCheck.computeIfAbsent(name, each -> new ArrayList<>());
    if (known.size() < KEPT) known.add(new Finding(invariant, where, what));
    numbers.merge(name, 1, Integer::sum);
  }

  List<Finding> all() {
    List<Finding> all = new ArrayList<>();
    byCheck.forEach((name, findings) -> {
      all.addAll(findings);
      int more = numbers.get(name) - findings.size();
      String check = name.substring(name.indexOf(' ') + 1);
      if (more > 0) all.add(new Finding(findings.get(0).invariant(), check, "and " + more + " more"));
    });
    return all;
  }
}
