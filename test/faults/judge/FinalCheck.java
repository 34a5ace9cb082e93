import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** An output with a record for each window, once, when the window is closed. */
final class FinalCheck {
  /** What a record says: of which window, and its numbers, of which the first counts rows. */
  record Window(String id, List<Long> numbers) {}

  /** How a record of the output is read. */
  interface Reading {
    Window read(byte[] value) throws Exception;
  }

  private FinalCheck() {}

  /**
   * Marks the windows that came out.
   *
   * @param windows all that rows fell into, by id
   * @param numbers what a record of a window has to say
   * @param closedBeforeMs windows that begin before it have to be there
   */
  static void check(
      Findings findings,
      CommittedLogs logs,
      String topic,
      Map<String, Reference.Group> windows,
      Function<Reference.Group, List<Long>> numbers,
      double closedBeforeMs,
      Reading reading)
      throws Exception {
    logs.forEach(topic, (partition, entry) -> {
      String where = topic + "-" + partition + " offset " + entry.offset();
      try {
        Window window = reading.read(entry.value());
        Reference.Group group = windows.get(window.id());
        if (group == null) findings.add(topic + ": foreign", "I1", where, "no row fell into window " + window.id());
        else compare(findings, topic, where, group, numbers.apply(group), window);
      } catch (Exception unreadable) {
        findings.add(topic + ": unreadable", "I1", where, "not a record of this output: " + unreadable);
      }
    });
    windows.forEach((id, group) -> {
      if (group.startMs >= closedBeforeMs || group.cameOut != null) return;
      findings.add(topic + ": lost", "I1", topic, "window " + id + " is missing");
    });
  }

  private static void compare(
      Findings findings, String topic, String where, Reference.Group group, List<Long> expected, Window found) {
    if (group.cameOut != null) {
      findings.add(topic + ": doubled", "I1", where, "window " + found.id() + " is also at " + group.cameOut);
    }
    group.cameOut = where;
    if (expected.equals(found.numbers())) return;
    String what = "window " + found.id() + ": expected " + expected + ", found " + found.numbers();
    // Rows that are taken for late are left out, and nothing else leaves rows out.
    boolean fewer = found.numbers().get(0) < expected.get(0);
    findings.add(topic + ": value", fewer ? "I8" : "I2", where, what);
  }
}
