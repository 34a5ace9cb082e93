import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Prints what a read_committed consumer of the Java client sees in a topic, from its beginning to its last stable offsets at the start,
 * one JSON object a line. It shares no code with Millrace, so it can judge what Millrace wrote.
 *
 * <p>Arguments: brokers, topic. Bytes are {@code {"text": …}} when they are UTF-8, else {@code {"base64": …}}.
 */
public final class ReadCommitted {
  private static final Duration TOO_LONG = Duration.ofSeconds(60);

  public static void main(String[] args) throws Exception {
    Map<String, Object> settings = Map.of(
        "bootstrap.servers", args[0],
        "isolation.level", "read_committed",
        "enable.auto.commit", "false",
        "allow.auto.create.topics", "false",
        "auto.offset.reset", "none",
        "default.api.timeout.ms", "30000");
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, bytes, bytes)) {
      print(consumer, args[1], out);
    }
    out.flush();
  }

  private static void print(KafkaConsumer<byte[], byte[]> consumer, String topic, PrintStream out) throws Exception {
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream().map(info -> new TopicPartition(topic, info.partition())).toList();
    if (partitions.isEmpty()) throw new IllegalArgumentException("no topic " + topic);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    List<TopicPartition> unread = new ArrayList<>(partitions);
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);

    ObjectMapper json = new ObjectMapper();
    long lastProgress = System.nanoTime();
    while (unread.removeIf(partition -> consumer.position(partition) >= ends.get(partition)) || !unread.isEmpty()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
        lastProgress = System.nanoTime();
        long end = ends.get(new TopicPartition(topic, record.partition()));
        if (record.offset() < end) out.println(json.writeValueAsString(describe(record)));
      }
      if (System.nanoTime() - lastProgress > TOO_LONG.toNanos()) {
        throw new IllegalStateException("no progress for " + TOO_LONG + " in " + unread);
      }
    }
  }

  private static Map<String, Object> describe(ConsumerRecord<byte[], byte[]> record) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("partition", record.partition());
    row.put("offset", record.offset());
    row.put("timestamp", record.timestamp());
    row.put("key", describe(record.key()));
    row.put("value", describe(record.value()));
    List<Object> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("name", header.key());
      entry.put("value", describe(header.value()));
      headers.add(entry);
    }
    row.put("headers", headers);
    return row;
  }

  private static Map<String, String> describe(byte[] bytes) {
    if (bytes == null) return null;
    try {
      return Map.of("text", StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException notText) {
      return Map.of("base64", Base64.getEncoder().encodeToString(bytes));
    }
  }
}
