import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
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
    String content() {
      return id + " " + user + " " + amount;
    }
  }

  record Line(int partition, long offset, long id, String text) implements Placed {
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
  }

  final List<List<Event>> events = new ArrayList<>();
  final List<List<Line>> lines = new ArrayList<>();

  /** @throws IllegalStateException when the load itself is not what it should be: nothing can be judged by it */
  Inputs(CommittedLogs logs, Topology topology) throws IOException {
    ObjectMapper json = new ObjectMapper();
    String eventTopic = topology.output("events");
    String lineTopic = topology.output("lines");
    for (int partition = 0; partition < topology.partitions(); partition++) {
      List<Event> ofPartition = new ArrayList<>();
      for (CommittedLogs.Entry entry : logs.entries(eventTopic, partition)) {
        ofPartition.add(event(json.readTree(entry.value()), partition, entry.offset()));
      }
      events.add(ofPartition);
      List<Line> linesOfPartition = new ArrayList<>();
      for (CommittedLogs.Entry entry : logs.entries(lineTopic, partition)) {
        String text = new String(entry.value(), StandardCharsets.UTF_8);
        linesOfPartition.add(new Line(partition, entry.offset(), lineId(text), text));
      }
      lines.add(linesOfPartition);
    }
    logs.bounds().forEach((partition, bounds) -> {
      boolean isInput = partition.topic().equals(eventTopic) || partition.topic().equals(lineTopic);
      if (isInput && bounds.first() > 0) throw new IllegalStateException("the load is gone from " + partition + " up to " + bounds.first());
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
