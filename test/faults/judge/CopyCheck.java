import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/** I1 for an output with a record for each of some records of an input: each once, unchanged, in order, where its key belongs. */
final class CopyCheck {
  /** A record that the output has to hold. @param key null: it goes where its original is */
  record Original(int partition, long offset, byte[] key, String content) {}

  /** A record of the output as it was read. */
  record Copy(long id, String content) {}

  /** How a record of the output is read. */
  interface Reading {
    Copy read(byte[] value) throws Exception;
  }

  final String topic;
  /** By id. */
  final Map<Long, Original> wanted;
  /** By id: where the first copy is. */
  final Map<Long, TopicPartition> found = new HashMap<>();
  /** The originals by the offsets of their copies, partition by partition. */
  final Map<TopicPartition, TreeMap<Long, Original>> origins = new HashMap<>();
  private final Findings findings;

  CopyCheck(Findings findings, CommittedLogs logs, String topic, Map<Long, Original> wanted, Reading reading) {
    this.findings = findings;
    this.topic = topic;
    this.wanted = wanted;
    for (int partition = 0; partition < logs.partitions(topic); partition++) {
      check(new TopicPartition(topic, partition), logs.entries(topic, partition), logs.partitions(topic), reading);
    }
    wanted.forEach((id, original) -> {
      if (found.containsKey(id)) return;
      findings.add(topic + ": lost", "I1", topic, "id " + id + " is missing: partition " + original.partition() + " offset "
          + original.offset() + " of the input");
    });
  }

  private void check(TopicPartition partition, List<CommittedLogs.Entry> entries, int partitions, Reading reading) {
    TreeMap<Long, Original> here = new TreeMap<>();
    origins.put(partition, here);
    Map<Integer, Long> reached = new HashMap<>();
    for (CommittedLogs.Entry entry : entries) {
      String where = partition + " offset " + entry.offset();
      Copy copy;
      try {
        copy = reading.read(entry.value());
      } catch (Exception unreadable) {
        findings.add(topic + ": unreadable", "I1", where, "not a record of this output: " + unreadable);
        continue;
      }
      Original original = wanted.get(copy.id());
      if (original == null) {
        findings.add(topic + ": foreign", "I1", where, "id " + copy.id() + " does not belong here");
        continue;
      }
      if (found.putIfAbsent(copy.id(), partition) != null) {
        findings.add(topic + ": doubled", "I1", where, "id " + copy.id() + " is here for the second time");
        continue;
      }
      here.put(entry.offset(), original);
      if (!copy.content().equals(original.content())) {
        findings.add(topic + ": altered", "I1", where, "expected " + original.content() + ", found " + copy.content());
      }
      int place = original.key() == null ? original.partition() % partitions : Placement.of(original.key(), partitions);
      if (place != partition.partition()) {
        findings.add(topic + ": misplaced", "I1", where, "id " + copy.id() + " belongs into partition " + place);
      }
      Long last = reached.put(original.partition(), original.offset());
      if (last != null && last > original.offset()) {
        findings.add(topic + ": order", "I1", where, "id " + copy.id() + " comes behind a later record of its source");
      }
    }
  }
}
