import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What a read_committed consumer of Kafka's Java client sees in some topics, each from its beginning to where its last stable offsets were
 * when this was made. Records are not kept: a run may have millions.
 */
final class CommittedLogs implements AutoCloseable {
  /** A committed record; the timestamp in ms, key and value null where the record has none. */
  record Entry(long offset, long timestamp, byte[] key, byte[] value) {}

  /** Where a partition begins and ends. */
  record Bounds(long first, long lastStable, long highWatermark) {}

  interface Visitor {
    /** Records of a partition come in the order of their offsets. */
    void entry(int partition, Entry entry) throws Exception;
  }

  private static final Duration TOO_LONG = Duration.ofSeconds(60);

  private final Map<TopicPartition, Bounds> bounds;
  private final Map<String, Integer> partitions = new LinkedHashMap<>();
  private final Map<TopicPartition, Integer> sizes = new HashMap<>();
  private final KafkaConsumer<byte[], byte[]> consumer;

  private CommittedLogs(String brokers, Map<TopicPartition, Bounds> bounds) {
    this.bounds = bounds;
    for (TopicPartition each : bounds.keySet()) partitions.merge(each.topic(), 1, Integer::sum);
    Map<String, Object> settings = Map.of(
        "bootstrap.servers", brokers,
        "isolation.level", "read_committed",
        "enable.auto.commit", "false",
        "allow.auto.create.topics", "false",
        "auto.offset.reset", "none",
        "max.poll.records", "5000",
        "default.api.timeout.ms", "30000");
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    consumer = new KafkaConsumer<>(settings, bytes, bytes);
  }

  static CommittedLogs of(Admin admin, String brokers, Collection<String> topics) throws Exception {
    List<TopicPartition> all = admin.describeTopics(topics).allTopicNames().get().values().stream()
        .flatMap(topic -> topic.partitions().stream().map(each -> new TopicPartition(topic.name(), each.partition())))
        .sorted((a, b) -> a.topic().equals(b.topic()) ? a.partition() - b.partition() : a.topic().compareTo(b.topic()))
        .toList();
    Map<TopicPartition, Long> first = offsets(admin, all, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED);
    Map<TopicPartition, Long> lastStable = offsets(admin, all, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
    Map<TopicPartition, Long> end = offsets(admin, all, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED);
    Map<TopicPartition, Bounds> bounds = new LinkedHashMap<>();
    for (TopicPartition each : all) bounds.put(each, new Bounds(first.get(each), lastStable.get(each), end.get(each)));
    return new CommittedLogs(brokers, bounds);
  }

  Map<TopicPartition, Bounds> bounds() {
    return bounds;
  }

  /** Partitions of a topic; 0 when it does not exist. */
  int partitions(String topic) {
    return partitions.getOrDefault(topic, 0);
  }

  /** Committed records of a partition that was read; -1 when it was not. */
  int size(TopicPartition partition) {
    return sizes.getOrDefault(partition, -1);
  }

  /** Committed records of all partitions of a topic that was read. */
  int size(String topic) {
    int size = 0;
    for (int partition = 0; partition < partitions(topic); partition++) {
      size += size(new TopicPartition(topic, partition));
    }
    return size;
  }

  /** Gives the committed records of a topic; none when it does not exist. */
  void forEach(String topic, Visitor visitor) throws Exception {
    List<TopicPartition> unread = new ArrayList<>();
    for (int partition = 0; partition < partitions(topic); partition++) unread.add(new TopicPartition(topic, partition));
    unread.forEach(each -> sizes.put(each, 0));
    consumer.assign(unread);
    consumer.seekToBeginning(unread);
    long lastProgress = System.nanoTime();
    for (;;) {
      List<TopicPartition> done =
          unread.stream().filter(each -> consumer.position(each) >= bounds.get(each).lastStable()).toList();
      unread.removeAll(done);
      consumer.pause(done);
      if (unread.isEmpty()) return;
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
        lastProgress = System.nanoTime();
        TopicPartition partition = new TopicPartition(topic, record.partition());
        if (record.offset() >= bounds.get(partition).lastStable()) continue;
        sizes.merge(partition, 1, Integer::sum);
        visitor.entry(record.partition(), new Entry(record.offset(), record.timestamp(), record.key(), record.value()));
      }
      if (System.nanoTime() - lastProgress > TOO_LONG.toNanos()) {
        throw new IllegalStateException("no progress for " + TOO_LONG + " in " + unread);
      }
    }
  }

  @Override
  public void close() {
    consumer.close();
  }

  private static Map<TopicPartition, Long> offsets(
      Admin admin, Collection<TopicPartition> partitions, OffsetSpec spec, IsolationLevel isolation) throws Exception {
    Map<TopicPartition, OffsetSpec> asked = partitions.stream()
        .collect(Collectors.toMap(Function.identity(), each -> spec));
    Map<TopicPartition, Long> found = new HashMap<>();
    admin.listOffsets(asked, new ListOffsetsOptions(isolation)).all().get()
        .forEach((each, info) -> found.put(each, info.offset()));
    return found;
  }
}
