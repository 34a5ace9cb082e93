import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** An output with a record for each window, once, when the window is closed. Values are numbers, of which the first counts rows. */
final class FinalCheck {
  record Window(String id, long startMs, long[] values) {}

  /** How a record of the output is read. */
  interface Reading {
    Window read(byte[] value) throws Exception;
  }

  private FinalCheck() {}

  /**
   * @param windows all that rows fell into, by id
   * @param closedBeforeMs windows that begin before it have to be there
   * @return ids of those that are there
   */
  static Set<String> check(
      Findings findings, CommittedLogs logs, String topic, Map<String, Window> windows, double closedBeforeMs, Reading reading) {
    Map<String, String> found = new HashMap<>();
    for (int partition = 0; partition < logs.partitions(topic); partition++) {
      for (CommittedLogs.Entry entry : logs.entries(topic, partition)) {
        String where = topic + "-" + partition + " offset " + entry.offset();
        try {
          Window window = reading.read(entry.value());
          String first = found.putIfAbsent(window.id(), where);
          if (first != null) findings.add(topic + ": doubled", "I1", where, "window " + window.id() + " is also at " + first);
          compare(findings, topic, where, windows.get(window.id()), window);
        } catch (Exception unreadable) {
          findings.add(topic + ": unreadable", "I1", where, "not a record of this output: " + unreadable);
        }
      }
    }
    windows.forEach((id, window) -> {
      if (window.startMs() >= closedBeforeMs || found.containsKey(id)) return;
      findings.add(topic + ": lost", "I1", topic, "window " + id + " is missing");
    });
    return new HashSet<>(found.keySet());
  }

  private static void compare(Findings findings, String topic, String where, Window expected, Window found) {
    if (expected == null) {
      findings.add(topic + ": foreign", "I1", where, "no row fell into window " + found.id());
      return;
    }
    if (Arrays.equals(expected.values(), found.values())) return;
    String what = "window " + found.id() + ": expected " + Arrays.toString(expected.values()) + ", found "
        + Arrays.toString(found.values());
    // Rows that are taken for late are left out, and nothing else leaves rows out.
    boolean fewer = found.values()[0] < expected.values()[0];
    findings.add(topic + ": value", fewer ? "I8" : "I2", where, what);
  }
}
