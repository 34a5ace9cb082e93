import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.ControlRecordType;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.RecordBatch;

/** What producers did to the logs, transaction by transaction, as the batches and control records themselves tell it. */
final class Transactions implements RawLogs.Visitor {
  /** What one transaction wrote to one partition. */
  static final class Part {
    final TopicPartition partition;
    final long producer;
    final short epoch;
    /** First and last offset of each batch. */
    final List<long[]> batches = new ArrayList<>();
    final Set<Long> timestamps = new HashSet<>();
    boolean committed;
    int records;
    /** Ownership records, and whether the last record is one. */
    int ownerships;
    boolean endsWithOwnership;

    Part(TopicPartition partition, long producer, short epoch) {
      this.partition = partition;
      this.producer = producer;
      this.epoch = epoch;
    }

    String where() {
      return partition + " offset " + batches.get(0)[0] + " to " + batches.get(batches.size() - 1)[1];
    }
  }

  /** Those that ended. */
  final List<Part> parts = new ArrayList<>();
  /** First offsets that are missing from a log, of whatever was compacted away. */
  final Map<TopicPartition, Long> holes = new LinkedHashMap<>();
  private final Map<TopicPartition, Map<Long, Part>> open = new HashMap<>();
  private final Map<TopicPartition, Long> reached = new HashMap<>();
  private final Map<TopicPartition, Long> outside = new LinkedHashMap<>();
  private final Map<TopicPartition, CommittedLogs.Bounds> bounds;

  /** @param bounds where reading begins: of a batch that begins before, only the rest counts */
  Transactions(Map<TopicPartition, CommittedLogs.Bounds> bounds) {
    this.bounds = bounds;
  }

  /** Those that did not end. */
  List<Part> open() {
    return open.values().stream().flatMap(each -> each.values().stream()).toList();
  }

  /** Partitions with records that were written outside any transaction, and the first such offset. */
  Map<TopicPartition, Long> outside() {
    return outside;
  }

  @Override
  public void batch(TopicPartition partition, RecordBatch batch) {
    long first = bounds.get(partition).first();
    long expected = reached.getOrDefault(partition, first);
    if (batch.baseOffset() > expected) holes.putIfAbsent(partition, expected);
    reached.put(partition, batch.nextOffset());
    if (batch.isControlBatch()) end(partition, batch);
    else if (batch.isTransactional()) write(partition, batch);
    else outside.putIfAbsent(partition, batch.baseOffset());
  }

  private void write(TopicPartition partition, RecordBatch batch) {
    Map<Long, Part> ofPartition = open.computeIfAbsent(partition, each -> new HashMap<>());
    Part part = ofPartition.computeIfAbsent(batch.producerId(), id -> new Part(partition, id, batch.producerEpoch()));
    part.batches.add(new long[] {batch.baseOffset(), batch.lastOffset()});
    long expected = batch.baseOffset();
    for (Record record : batch) {
      if (record.offset() != expected) holes.putIfAbsent(partition, expected);
      expected = record.offset() + 1;
      if (record.offset() < bounds.get(partition).first()) continue;
      part.records++;
      part.timestamps.add(record.timestamp());
      part.endsWithOwnership = record.hasKey()
          && Changelog.isOwnership(StandardCharsets.UTF_8.decode(record.key()).toString());
      if (part.endsWithOwnership) part.ownerships++;
    }
    if (expected != batch.nextOffset()) holes.putIfAbsent(partition, expected);
  }

  /** A second marker of the same end is nothing: a coordinator that takes over sends what may have been sent. */
  private void end(TopicPartition partition, RecordBatch batch) {
    Part part = open.computeIfAbsent(partition, each -> new HashMap<>()).remove(batch.producerId());
    if (part == null) return;
    part.committed = ControlRecordType.parse(batch.iterator().next().key()) == ControlRecordType.COMMIT;
    parts.add(part);
  }
}
