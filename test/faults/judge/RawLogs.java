import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * Reads logs as their leaders have them, batch by batch: with producers, control records and whatever was aborted, none of which a consumer
 * gets to see.
 */
final class RawLogs {
  interface Visitor {
    /** Batches of a partition come in the order of their offsets. */
    void batch(TopicPartition partition, RecordBatch batch);
  }

  /** The last version of Fetch that names topics by their names. */
  private static final short FETCH_VERSION = 12;
  private static final int PARTITION_BYTES = 1 << 20;
  private static final int RESPONSE_BYTES = 8 << 20;
  private static final int TIMEOUT_MS = 30_000;

  private RawLogs() {}

  /** @param bounds partitions, each to be read from its first offset to its high watermark */
  static void read(Admin admin, Map<TopicPartition, CommittedLogs.Bounds> bounds, Visitor visitor) throws Exception {
    Map<Node, Map<TopicPartition, Long>> byLeader = new HashMap<>();
    List<String> topics = bounds.keySet().stream().map(TopicPartition::topic).distinct().toList();
    for (TopicDescription topic : admin.describeTopics(topics).allTopicNames().get().values()) {
      for (TopicPartitionInfo info : topic.partitions()) {
        TopicPartition partition = new TopicPartition(topic.name(), info.partition());
        if (info.leader() == null) throw new IOException("nobody leads " + partition);
        long first = bounds.get(partition).first();
        byLeader.computeIfAbsent(info.leader(), node -> new LinkedHashMap<>()).put(partition, first);
      }
    }
    for (Map.Entry<Node, Map<TopicPartition, Long>> each : byLeader.entrySet()) {
      readFrom(each.getKey(), each.getValue(), bounds, visitor);
    }
  }

  private static void readFrom(
      Node leader, Map<TopicPartition, Long> positions, Map<TopicPartition, CommittedLogs.Bounds> bounds, Visitor visitor)
      throws IOException {
    try (Socket socket = new Socket(leader.host(), leader.port())) {
      socket.setSoTimeout(TIMEOUT_MS);
      socket.setTcpNoDelay(true);
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      DataInputStream in = new DataInputStream(socket.getInputStream());
      for (int correlation = 0;; correlation++) {
        positions.entrySet().removeIf(each -> each.getValue() >= bounds.get(each.getKey()).highWatermark());
        if (positions.isEmpty()) return;
        for (var reply : fetch(in, out, correlation, positions).entrySet()) {
          take(reply.getKey(), reply.getValue(), positions, visitor);
        }
      }
    }
  }

  private static void take(
      TopicPartition partition,
      FetchResponseData.PartitionData reply,
      Map<TopicPartition, Long> positions,
      Visitor visitor)
      throws IOException {
    Errors error = Errors.forCode(reply.errorCode());
    if (error != Errors.NONE) throw new IOException(partition + ": " + error.message());
    for (RecordBatch batch : FetchResponse.recordsOrFail(reply).batches()) {
      if (batch.lastOffset() < positions.get(partition)) continue;
      batch.ensureValid();
      visitor.batch(partition, batch);
      positions.put(partition, batch.nextOffset());
    }
  }

  private static Map<TopicPartition, FetchResponseData.PartitionData> fetch(
      DataInputStream in, DataOutputStream out, int correlation, Map<TopicPartition, Long> positions) throws IOException {
    Map<TopicPartition, FetchRequest.PartitionData> asked = positions.entrySet().stream().collect(Collectors.toMap(
        Map.Entry::getKey,
        each -> new FetchRequest.PartitionData(Uuid.ZERO_UUID, each.getValue(), -1, PARTITION_BYTES, Optional.empty()),
        (a, b) -> a,
        LinkedHashMap::new));
    FetchRequest request = FetchRequest.Builder.forConsumer(FETCH_VERSION, 500, 1, asked)
        .isolationLevel(IsolationLevel.READ_UNCOMMITTED)
        .setMaxBytes(RESPONSE_BYTES)
        .build(FETCH_VERSION);
    RequestHeader header = new RequestHeader(ApiKeys.FETCH, FETCH_VERSION, "judge", correlation);
    ByteBuffer bytes = request.serializeWithHeader(header);
    out.writeInt(bytes.remaining());
    out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
    out.flush();
    byte[] reply = new byte[in.readInt()];
    in.readFully(reply);
    FetchResponse response = (FetchResponse) AbstractResponse.parseResponse(ByteBuffer.wrap(reply), header);
    if (response.error() != Errors.NONE) throw new IOException("fetch: " + response.error().message());
    return response.responseData(Map.of(), FETCH_VERSION);
  }
}
