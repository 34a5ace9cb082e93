import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * An output that has a record for each key that a batch changed: the commit records say where batches ended, so every value that has to be
 * there is known, and no other may be. Of values written as text the first number is a count.
 */
final class UpdateCheck {
  /** How the value of a record is read. */
  interface Reading {
    String read(String key, byte[] value) throws Exception;
  }

  private final Findings findings;
  private final String topic;
  private final Map<String, List<String>> found = new HashMap<>();

  private UpdateCheck(Findings findings, String topic) {
    this.findings = findings;
    this.topic = topic;
  }

  /**
   * @param batchwise by key: the values with which batches ended, in their order; null where the batches are not all known
   * @param whole by key: the value in the end
   */
  static void check(
      Findings findings,
      CommittedLogs logs,
      String topic,
      Map<String, List<String>> batchwise,
      Map<String, String> whole,
      Reading reading)
      throws Exception {
    UpdateCheck check = new UpdateCheck(findings, topic);
    int partitions = logs.partitions(topic);
    logs.forEach(topic, (partition, entry) -> check.read(new TopicPartition(topic, partition), entry, partitions,
        reading));
    check.compareLast(whole);
    if (batchwise != null) check.compareAll(batchwise);
  }

  private void read(TopicPartition partition, CommittedLogs.Entry entry, int partitions, Reading reading) {
    String where = partition + " offset " + entry.offset();
    try {
      String key = new String(entry.key(), StandardCharsets.UTF_8);
      String value = reading.read(key, entry.value());
      if (Placement.of(entry.key(), partitions) != partition.partition()) {
        findings.add(topic + ": misplaced", "I1", where, key + " does not belong into this partition");
      }
      List<String> known = found.computeIfAbsent(key, each -> new ArrayList<>());
      if (!known.isEmpty() && count(value) <= count(known.get(known.size() - 1))) {
        String before = known.get(known.size() - 1);
        findings.add(topic + ": count", "I1", where, key + " goes from " + before + " to " + value);
      }
      known.add(value);
    } catch (Exception unreadable) {
      findings.add(topic + ": unreadable", "I1", where, "not a record of this output: " + unreadable);
    }
  }

  private void compareLast(Map<String, String> whole) {
    for (String key : union(whole.keySet(), found.keySet())) {
      List<String> values = found.get(key);
      String last = values == null ? null : values.get(values.size() - 1);
      if (Objects.equals(last, whole.get(key))) continue;
      findings.add(topic + ": result", "I2", topic + " key " + key, "expected " + whole.get(key) + ", found " + last);
    }
  }

  private void compareAll(Map<String, List<String>> batchwise) {
    for (String key : union(batchwise.keySet(), found.keySet())) {
      List<String> expected = batchwise.getOrDefault(key, List.of());
      List<String> values = found.getOrDefault(key, List.of());
      if (expected.equals(values)) continue;
      Set<String> known = new HashSet<>(expected);
      for (String each : values) {
        if (!known.contains(each)) tear(key, "has " + each + ", with which no committed batch ended");
      }
      known = new HashSet<>(values);
      for (String each : expected) {
        if (!known.contains(each)) tear(key, "lacks " + each + ", with which a committed batch ended");
      }
    }
  }

  private void tear(String key, String what) {
    findings.add(topic + ": batches", "I4", topic + " key " + key, what);
  }

  private static long count(String value) {
    int end = value.indexOf(' ');
    return Long.parseLong(end < 0 ? value : value.substring(0, end));
  }

  private static Set<String> union(Set<String> some, Set<String> others) {
    Set<String> all = new HashSet<>(some);
    all.addAll(others);
    return all;
  }
}
