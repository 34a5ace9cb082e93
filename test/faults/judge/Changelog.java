import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap.SimpleEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** The changelog of one task: what its ownership records say, and the changes of state between them. */
final class Changelog {
  /**
   * The last record of a transaction: a commit of a batch, or a claim of an owner.
   *
   * @param changes of state between the one before it and this one
   */
  record Ownership(boolean isCommit, long offset, int changes, JsonNode said) {
    long number(String field) {
      JsonNode value = said.get(field);
      if (value == null || !value.isNumber()) {
        throw new IllegalArgumentException("no `" + field + "` at offset " + offset);
      }
      return value.asLong();
    }

    /** Position of the commit before it; -1 before the first. */
    long position() {
      return number("position");
    }

    /** Where the next batch begins in the input; -1 where the record does not say. */
    long input(String topic) {
      JsonNode at = said.path("inputs").get(topic);
      return at == null || said.get("inputs").size() != 1 ? -1 : at.asLong();
    }

    /** Microseconds; what is before all time is left out. */
    double watermark() {
      JsonNode watermark = said.path("time").get("watermark");
      return watermark == null ? Double.NEGATIVE_INFINITY : watermark.asDouble();
    }

    String describe() {
      return (isCommit ? "commit " : "claim ") + offset;
    }
  }

  /** A committed batch: the records of the input from `from` up to, not including, `to`. */
  record Batch(Ownership commit, long from, long to) {}

  /** A record that is neither. */
  record Foreign(long offset, String key) {}

  final Topology.SubTopology subTopology;
  final TopicPartition partition;
  final List<Ownership> ownerships = new ArrayList<>();
  final List<Foreign> foreign = new ArrayList<>();
  /** Store, key and value behind the last ownership record. */
  final Map<String, Map<String, byte[]>> state = new HashMap<>();
  /** Changes in all, and those behind the last ownership record. */
  int changes;
  int uncommitted;
  long lastOffset = -1;
  private final List<Map.Entry<StateKey, byte[]>> pending = new ArrayList<>();
  private final ObjectMapper json = new ObjectMapper();

  Changelog(Topology.SubTopology subTopology, TopicPartition partition) {
    this.subTopology = subTopology;
    this.partition = partition;
  }

  /** Takes the next record of the log. */
  void add(CommittedLogs.Entry entry) throws IOException {
    lastOffset = entry.offset();
    String key = entry.key() == null ? "" : new String(entry.key(), StandardCharsets.UTF_8);
    StateKey ofState = StateKey.parse(key);
    if (isOwnership(key) && entry.value() != null) {
      ownerships.add(new Ownership(key.equals("\0commit"), entry.offset(), uncommitted, json.readTree(entry.value())));
      pending.forEach(change -> apply(change.getKey(), change.getValue()));
      pending.clear();
      uncommitted = 0;
    } else if (ofState != null) {
      pending.add(new SimpleEntry<>(ofState, entry.value()));
      changes++;
      uncommitted++;
    } else {
      foreign.add(new Foreign(entry.offset(), key));
    }
  }

  private void apply(StateKey key, byte[] value) {
    Map<String, byte[]> store = state.computeIfAbsent(key.store(), name -> new HashMap<>());
    if (value == null) store.remove(key.key());
    else store.put(key.key(), value);
  }

  static boolean isOwnership(String key) {
    return key.equals("\0commit") || key.equals("\0claim");
  }

  /** The task, as `sub-topology/partition`. */
  String task() {
    return subTopology.id() + "/" + partition.partition();
  }

  /** Null where nobody ever owned the task. */
  Ownership last() {
    return ownerships.isEmpty() ? null : ownerships.get(ownerships.size() - 1);
  }

  /** Offset of the last commit; -1 before the first. */
  long position() {
    Ownership last = last();
    return last == null ? -1 : last.isCommit() ? last.offset() : last.position();
  }

  /** Where the next batch begins in the input; 0 where nobody ever owned the task. */
  long input() {
    return last() == null ? 0 : last().input(subTopology.input());
  }

  /** The batches in their order; of a log that was compacted the first ones are as large as what is missing. */
  List<Batch> batches() {
    List<Batch> batches = new ArrayList<>();
    long from = 0;
    for (Ownership each : ownerships) {
      long to = each.input(subTopology.input());
      if (each.isCommit()) batches.add(new Batch(each, from, to));
      from = to;
    }
    return batches;
  }
}
