import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rows of a repartition topic, which are nobody's output but somebody's input. Those that were processed may be deleted: then what is
 * missing is not held against it.
 */
final class RepartitionCheck {
  /** A row of a group, as numbers: what it adds to the group. */
  record Row(int partition, long offset, String key, List<Long> numbers) {}

  /** The numbers of a row that was decoded. */
  interface Reading {
    List<Long> read(List<Object> row);
  }

  private final String topic;
  private final List<Row> rows = new ArrayList<>();
  /** Nothing was deleted yet. */
  private final boolean whole;
  private final Findings findings;

  RepartitionCheck(Findings findings, CommittedLogs logs, String topic, Reading reading) throws Exception {
    this.findings = findings;
    this.topic = topic;
    int partitions = logs.partitions(topic);
    whole = logs.bounds().entrySet().stream()
        .noneMatch(each -> each.getKey().topic().equals(topic) && each.getValue().first() > 0);
    logs.forEach(topic, (partition, entry) -> {
      if (Markers.isMarker(entry)) return;
      String where = topic + "-" + partition + " offset " + entry.offset();
      try {
        String key = new String(entry.key(), StandardCharsets.UTF_8);
        rows.add(new Row(partition, entry.offset(), key, reading.read(Rows.decode(entry.value()))));
        if (Placement.of(entry.key(), partitions) == partition) return;
        findings.add(topic + ": misplaced", "I1", where, shown(key) + " does not belong into this partition");
      } catch (RuntimeException unreadable) {
        findings.add(topic + ": unreadable", "I1", where, "not a row of this topic: " + unreadable);
      }
    });
  }

  /**
   * I4: these rows are there, each as often as it should be, and no others.
   *
   * @param expected by key: each row, and how often
   */
  void compareRows(Map<String, Map<List<Long>, Integer>> expected) {
    Map<String, Map<List<Long>, Integer>> missing = new HashMap<>();
    expected.forEach((key, byRow) -> missing.put(key, new HashMap<>(byRow)));
    for (Row row : rows) {
      Map<List<Long>, Integer> ofKey = missing.computeIfAbsent(row.key(), key -> new HashMap<>());
      if (ofKey.merge(row.numbers(), -1, Integer::sum) >= 0) continue;
      String where = topic + "-" + row.partition() + " offset " + row.offset();
      findings.add(topic + ": rows", "I4", where, shown(row.key()) + " " + row.numbers()
          + ": no committed batch has this row");
    }
    if (!whole) return;
    missing.forEach((key, byRow) -> byRow.forEach((row, times) -> {
      if (times <= 0) return;
      findings.add(topic + ": rows", "I4", topic, shown(key) + " " + row + " of a committed batch is missing");
    }));
  }

  /**
   * I1: the rows of each group add up to these numbers.
   *
   * @param certain by key; of the others the rows may still be to come
   */
  void compareSums(Map<String, List<Long>> expected, Set<String> certain) {
    Map<String, List<Long>> sums = new HashMap<>();
    for (Row row : rows) sums.merge(row.key(), row.numbers(), RepartitionCheck::plus);
    Set<String> keys = new HashSet<>(sums.keySet());
    if (whole) keys.addAll(certain);
    for (String key : keys) {
      List<Long> wanted = expected.get(key);
      List<Long> sum = sums.get(key);
      boolean mayBeLess = !whole || !certain.contains(key);
      if (wanted != null && (wanted.equals(sum) || (mayBeLess && sum.get(0) < wanted.get(0)))) continue;
      findings.add(topic + ": sums", "I1", topic, shown(key) + ": expected " + wanted + ", found " + sum);
    }
  }

  private static List<Long> plus(List<Long> a, List<Long> b) {
    List<Long> sum = new ArrayList<>();
    for (int i = 0; i < a.size(); i++) sum.add(a.get(i) + b.get(i));
    return sum;
  }

  private static String shown(String key) {
    return key.replace('\0', ';');
  }
}
