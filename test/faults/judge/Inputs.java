import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What was fed to the topology, by partition in the order of the offsets. */
final class Inputs {
  record Event(int partition, long offset, long id, String user, long amount, long timeMs) implements Placed {
    @Override
    public String content() {
      return id + " " + user + " " + amount;
    }

    @Override
    public byte[] key() {
      return user.getBytes(StandardCharsets.UTF_8);
    }
  }

  record Line(int partition, long offset, long id, String text) implements Placed {
    @Override
    public String content() {
      return text;
    }

    @Override
    public byte[] key() {
      return null;
    }

    /** The words that count. */
    List<String> words() {
      return Arrays.stream(text.split(" ", -1)).filter(word -> !word.startsWith("#")).toList();
    }
  }

  /** A record of an input. */
  interface Placed {
    int partition();

    long offset();

    long id();

    /** What a copy has to say, and its key; null: it has none and goes where its original is. */
    String content();

    byte[] key();
  }

  final List<List<Event>> events = new ArrayList<>();
  final List<List<Line>> lines = new ArrayList<>();

  /** @throws IllegalStateException when the load itself is not what it should be: nothing can be judged by it */
  Inputs(CommittedLogs logs, Topology topology) throws Exception {
    ObjectMapper json = new ObjectMapper();
    String eventTopic = topology.output("events");
    String lineTopic = topology.output("lines");
    for (int partition = 0; partition < topology.partitions(); partition++) {
      events.add(new ArrayList<>());
      lines.add(new ArrayList<>());
    }
    logs.forEach(eventTopic, (partition, entry) -> {
      events.get(partition).add(event(json.readTree(entry.value()), partition, entry.offset()));
    });
    logs.forEach(lineTopic, (partition, entry) -> {
      String text = new String(entry.value(), StandardCharsets.UTF_8);
      lines.get(partition).add(new Line(partition, entry.offset(), lineId(text), text));
    });
    logs.bounds().forEach((partition, bounds) -> {
      boolean isInput = partition.topic().equals(eventTopic) || partition.topic().equals(lineTopic);
      if (isInput && bounds.first() > 0) {
        throw new IllegalStateException("the load is gone from " + partition + " up to " + bounds.first());
      }
    });
    refuseRepeated(eventTopic, events);
    refuseRepeated(lineTopic, lines);
  }

  private static Event event(JsonNode json, int partition, long offset) {
    long timeMs = Instant.parse(json.get("ts").asText()).toEpochMilli();
    return new Event(
        partition, offset, json.get("id").asLong(), json.get("user").asText(), json.get("amount").asLong(), timeMs);
  }

  /** The number of a line: `#12 some words`. */
  static long lineId(String text) {
    int end = text.indexOf(' ');
    if (!text.startsWith("#") || end < 0) throw new IllegalArgumentException("a line without a number: " + text);
    return Long.parseLong(text.substring(1, end));
  }

  private static void refuseRepeated(String topic, List<? extends List<? extends Placed>> partitions) {
    Set<Long> seen = new HashSet<>();
    for (List<? extends Placed> partition : partitions) {
      for (Placed each : partition) {
        if (!seen.add(each.id())) throw new IllegalStateException("the load has id " + each.id() + " twice in " + topic);
      }
    }
  }
}
