import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** Where the rows of all inputs are: everything in them but markers. */
final class InputOffsets {
  /** Sorted, of which the first `size` count. */
  private static final class Offsets {
    long[] all = new long[1024];
    int size;

    void add(long offset) {
      if (size == all.length) all = Arrays.copyOf(all, 2 * size);
      all[size++] = offset;
    }

    int before(long offset) {
      int at = Arrays.binarySearch(all, 0, size, offset);
      return at < 0 ? -at - 1 : at;
    }
  }

  private final Map<TopicPartition, Offsets> byPartition = new HashMap<>();

  InputOffsets(CommittedLogs logs, Topology topology) throws Exception {
    for (Topology.SubTopology each : topology.subTopologies()) {
      for (int i = 0; i < logs.partitions(each.input()); i++) {
        byPartition.put(new TopicPartition(each.input(), i), new Offsets());
      }
      logs.forEach(each.input(), (partition, entry) -> {
        boolean isRow = each.readsSource() || !Markers.isMarker(entry);
        if (isRow) byPartition.get(new TopicPartition(each.input(), partition)).add(entry.offset());
      });
    }
  }

  /** Rows from one offset up to, not including, another. */
  int count(TopicPartition input, long from, long to) {
    Offsets offsets = byPartition.get(input);
    return Math.max(0, offsets.before(to) - offsets.before(from));
  }

  /** Rows from an offset on. */
  int from(TopicPartition input, long offset) {
    return count(input, offset, Long.MAX_VALUE);
  }
}
