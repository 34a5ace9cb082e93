import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;

/** I1 for an output with a record for each of some records of an input: each once, unchanged, in order, where its key belongs. */
final class CopyCheck {
  /** What a record of the output says. */
  record Copy(long id, String content) {}

  /** How a record of the output is read. */
  interface Reading {
    Copy read(byte[] value) throws Exception;
  }

  /** Where a copy is, and of what. */
  record Origin(long offset, Inputs.Placed original) {}

  final String topic;
  /** By partition, in the order of the offsets. */
  final Map<TopicPartition, List<Origin>> origins = new HashMap<>();
  private final Map<Long, ? extends Inputs.Placed> originals;
  private final Predicate<Inputs.Placed> wanted;
  /** Ids, which are counted from 0 on. */
  private final BitSet found = new BitSet();
  private final Map<String, Long> reached = new HashMap<>();
  private final Findings findings;
  private final int partitions;

  /**
   * @param originals records of the input by id
   * @param wanted those of them that the output has to hold
   */
  CopyCheck(
      Findings findings,
      CommittedLogs logs,
      String topic,
      Map<Long, ? extends Inputs.Placed> originals,
      Predicate<Inputs.Placed> wanted,
      Reading reading)
      throws Exception {
    this.findings = findings;
    this.topic = topic;
    this.originals = originals;
    this.wanted = wanted;
    partitions = logs.partitions(topic);
    for (int i = 0; i < partitions; i++) origins.put(new TopicPartition(topic, i), new ArrayList<>());
    logs.forEach(topic, (partition, entry) -> check(new TopicPartition(topic, partition), entry, reading));
    originals.forEach((id, original) -> {
      if (!wants(original) || has(id)) return;
      String from = "partition " + original.partition() + " offset " + original.offset() + " of the input";
      findings.add(topic + ": lost", "I1", topic, "id " + id + " is missing: " + from);
    });
  }

  /** Whether the output has to hold a copy of the record. */
  boolean wants(Inputs.Placed original) {
    return wanted.test(original);
  }

  boolean has(long id) {
    return found.get(Math.toIntExact(id));
  }

  private void check(TopicPartition partition, CommittedLogs.Entry entry, Reading reading) {
    String where = partition + " offset " + entry.offset();
    Copy copy;
    try {
      copy = reading.read(entry.value());
    } catch (Exception unreadable) {
      findings.add(topic + ": unreadable", "I1", where, "not a record of this output: " + unreadable);
      return;
    }
    Inputs.Placed original = originals.get(copy.id());
    if (original == null || !wants(original)) {
      findings.add(topic + ": foreign", "I1", where, "id " + copy.id() + " does not belong here");
      return;
    }
    if (has(copy.id())) {
      findings.add(topic + ": doubled", "I1", where, "id " + copy.id() + " is here for the second time");
      return;
    }
    found.set(Math.toIntExact(copy.id()));
    origins.get(partition).add(new Origin(entry.offset(), original));
    if (!copy.content().equals(original.content())) {
      findings.add(topic + ": altered", "I1", where, "expected " + original.content() + ", found " + copy.content());
    }
    int place = original.key() == null ? original.partition() % partitions : Placement.of(original.key(), partitions);
    if (place != partition.partition()) {
      findings.add(topic + ": misplaced", "I1", where, "id " + copy.id() + " belongs into partition " + place);
    }
    Long last = reached.put(partition.partition() + " from " + original.partition(), original.offset());
    if (last != null && last > original.offset()) {
      findings.add(topic + ": order", "I1", where, "id " + copy.id() + " comes behind a later record of its source");
    }
  }
}
