import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** I1, I2, I4 and I8 over the outputs of all parts, and over the repartition topics between them. */
final class OutputChecks {
  /** Those of the part `copies`, for whoever wants to know where a copy comes from. */
  final List<CopyCheck> copies = new ArrayList<>();

  private final Findings findings;
  private final CommittedLogs logs;
  private final Topology topology;
  private final Inputs inputs;
  private final Reference reference;
  private final Map<String, List<Changelog>> changelogs;
  private final boolean compacted;
  private final ObjectMapper json = new ObjectMapper();

  /**
   * Marks the windows of the reference that came out.
   *
   * @param changelogs by sub-topology, then by partition
   */
  OutputChecks(
      Findings findings,
      CommittedLogs logs,
      Topology topology,
      Inputs inputs,
      Reference reference,
      Map<String, List<Changelog>> changelogs,
      boolean compacted)
      throws Exception {
    this.findings = findings;
    this.logs = logs;
    this.topology = topology;
    this.inputs = inputs;
    this.reference = reference;
    this.changelogs = changelogs;
    this.compacted = compacted;
    if (topology.has("copies")) copies();
    if (topology.has("totals")) totals();
    if (topology.has("windows")) windows();
    if (topology.has("words")) words();
    if (topology.has("tens")) tens();
    late();
  }

  private void copies() throws Exception {
    CopyCheck.Reading event = value -> {
      JsonNode row = read(value, "id", "user", "amount");
      long id = row.get("id").asLong();
      return new CopyCheck.Copy(id, id + " " + row.get("user").asText() + " " + row.get("amount").asLong());
    };
    CopyCheck.Reading line = value -> {
      String text = new String(value, StandardCharsets.UTF_8);
      return new CopyCheck.Copy(Inputs.lineId(text), text);
    };
    Map<Long, Inputs.Placed> events = byId(inputs.events);
    copies.add(new CopyCheck(findings, logs, topology.output("copies"), events, each -> true, event));
    copies.add(new CopyCheck(findings, logs, topology.output("large"), events, OutputChecks::isLarge, event));
    CopyCheck ofLines = new CopyCheck(findings, logs, topology.output("line-copies"), byId(inputs.lines), each -> true,
        line);
    copies.add(ofLines);
    AtomicityCheck.check(findings, changelogs.get("events"), inputs.events, copies.subList(0, 2));
    AtomicityCheck.check(findings, changelogs.get("lines"), inputs.lines, List.of(ofLines));
  }

  private static boolean isLarge(Inputs.Placed event) {
    return ((Inputs.Event) event).amount() >= Topology.LARGE;
  }

  private static Map<Long, Inputs.Placed> byId(List<? extends List<? extends Inputs.Placed>> partitions) {
    Map<Long, Inputs.Placed> all = new HashMap<>();
    for (List<? extends Inputs.Placed> partition : partitions) partition.forEach(each -> all.put(each.id(), each));
    return all;
  }

  private void totals() throws Exception {
    Map<String, List<String>> batchwise = new HashMap<>();
    Map<String, Reference.Group> running = new HashMap<>();
    for (Changelog log : changelogs.get("events")) {
      for (List<Inputs.Event> batch : Reference.byBatch(inputs.events.get(log.partition.partition()), log.batches())) {
        Set<String> changed = new HashSet<>();
        for (Inputs.Event event : batch) {
          changed.add(event.user());
          running.computeIfAbsent(event.user(), user -> new Reference.Group(0, user, 0, 0)).add(event);
        }
        for (String user : changed) {
          batchwise.computeIfAbsent(user, each -> new ArrayList<>()).add(total(running.get(user)));
        }
      }
    }
    Map<String, String> whole = new HashMap<>();
    reference.totals.forEach((user, group) -> whole.put(user, total(group)));
    UpdateCheck.check(findings, logs, topology.output("totals"), compacted ? null : batchwise, whole, (key, value) -> {
      JsonNode row = read(value, "user", "n", "total", "newest");
      if (!row.get("user").asText().equals(key)) {
        throw new IllegalArgumentException("user " + row.get("user") + " under key " + key);
      }
      return row.get("n").asLong() + " " + row.get("total").asLong() + " " + row.get("newest").asLong();
    });
  }

  private static String total(Reference.Group group) {
    return group.n + " " + group.total + " " + group.newest;
  }

  private void windows() throws Exception {
    FinalCheck.Reading reading = value -> {
      JsonNode row = read(value, "user", "start", "n", "total");
      String id = row.get("user").asText() + " " + startMs(row);
      return new FinalCheck.Window(id, List.of(row.get("n").asLong(), row.get("total").asLong()));
    };
    String topic = topology.output("windows");
    FinalCheck.check(
        findings,
        logs,
        topic,
        reference.windows,
        group -> List.of(group.n, group.total),
        topology.closedBeforeMs(),
        reading);
  }

  private void words() throws Exception {
    var between = new RepartitionCheck(findings, logs, topology.repartition("wordCounts"),
        row -> List.of((Long) row.get(1)));
    Map<String, Map<List<Long>, Integer>> expected = new HashMap<>();
    for (Changelog log : changelogs.get("lines")) {
      for (List<Inputs.Line> batch : Reference.byBatch(inputs.lines.get(log.partition.partition()), log.batches())) {
        Map<String, Long> counts = batch.stream().flatMap(line -> line.words().stream())
            .collect(Collectors.groupingBy(Keys::text, Collectors.counting()));
        counts.forEach((key, n) -> add(expected, key, List.of(n)));
      }
    }
    if (!compacted) between.compareRows(expected);

    // What was processed is deleted between the two; the changelog tells with what the batches behind it ended.
    Map<String, List<String>> batchwise = new HashMap<>();
    logs.forEach(topology.changelog("wordCounts"), (partition, entry) -> {
      StateKey key = entry.key() == null ? null : StateKey.parse(new String(entry.key(), StandardCharsets.UTF_8));
      if (key == null || entry.value() == null) return;
      try {
        String word = key.key().substring(1, key.key().length() - 1);
        String count = String.valueOf(Rows.decode(Values.inflate(entry.value())).get(0));
        batchwise.computeIfAbsent(word, each -> new ArrayList<>()).add(count);
      } catch (RuntimeException unreadable) {
        String where = topology.changelog("wordCounts") + "-" + partition + " offset " + entry.offset();
        findings.add("changes of wordCounts", "I2", where, "not a count of a word: " + unreadable);
      }
    });
    Map<String, String> whole = new HashMap<>();
    reference.words.forEach((word, group) -> whole.put(word, String.valueOf(group.n)));
    UpdateCheck.check(findings, logs, topology.output("words"), compacted ? null : batchwise, whole, (key, value) -> {
      return String.valueOf(Long.parseLong(new String(value, StandardCharsets.UTF_8)));
    });
  }

  private void tens() throws Exception {
    boolean rowsTravel = logs.partitions(topology.late()) > 0;
    // Rows of events have the group behind their own columns, of which the third is the amount.
    var toSeconds = new RepartitionCheck(findings, logs, topology.repartition("seconds"), row ->
        rowsTravel ? List.of(1L, (Long) row.get(2), 1L)
            : List.of((Long) row.get(2), (Long) row.get(3), (Long) row.get(4)));
    Map<String, Map<List<Long>, Integer>> expected = new HashMap<>();
    for (Changelog log : changelogs.get("events")) {
      for (List<Inputs.Event> batch : Reference.byBatch(inputs.events.get(log.partition.partition()), log.batches())) {
        Map<String, Reference.Group> groups = new HashMap<>();
        for (Inputs.Event event : batch) {
          if (rowsTravel) add(expected, reference.secondKey(event), List.of(1L, event.amount(), 1L));
          else groups.computeIfAbsent(reference.secondKey(event), key -> new Reference.Group(0, key, 0, 0)).add(event);
        }
        groups.forEach((key, group) -> add(expected, key, List.of(group.n, group.total, group.n)));
      }
    }
    if (!compacted) toSeconds.compareRows(expected);

    var toTens = new RepartitionCheck(findings, logs, topology.repartition("tens"), row ->
        List.of((Long) row.get(1), (Long) row.get(2), (Long) row.get(3), (Long) row.get(4)));
    Map<String, List<Long>> sums = new HashMap<>();
    Map<String, Reference.Group> windows = new HashMap<>();
    Set<String> certain = new HashSet<>();
    reference.tens.forEach((key, ten) -> {
      sums.put(key, List.of(ten.n, ten.total, ten.parts, ten.parts));
      if (ten.startMs < topology.closedBeforeMs()) certain.add(key);
      windows.put(String.valueOf(ten.startMs), ten);
    });
    toTens.compareSums(sums, certain);

    FinalCheck.Reading reading = value -> {
      JsonNode row = read(value, "start", "n", "total", "parts");
      List<Long> numbers = List.of(row.get("n").asLong(), row.get("total").asLong(), row.get("parts").asLong());
      return new FinalCheck.Window(String.valueOf(startMs(row)), numbers);
    };
    String topic = topology.output("tens");
    FinalCheck.check(
        findings, logs, topic, windows, ten -> List.of(ten.n, ten.total, ten.parts), topology.closedBeforeMs(), reading);
  }

  private static long startMs(JsonNode row) {
    return Instant.parse(row.get("start").asText()).toEpochMilli();
  }

  private void late() throws Exception {
    logs.forEach(topology.late(), (partition, entry) -> {
      String where = topology.late() + "-" + partition + " offset " + entry.offset();
      String row = entry.value() == null ? "a row" : new String(entry.value(), StandardCharsets.UTF_8);
      findings.add("late rows", "I8", where, row + " was taken for late");
    });
  }

  private static void add(Map<String, Map<List<Long>, Integer>> rows, String key, List<Long> row) {
    rows.computeIfAbsent(key, each -> new HashMap<>()).merge(row, 1, Integer::sum);
  }

  /** An object with these fields and no others. */
  private JsonNode read(byte[] value, String... fields) throws IOException {
    JsonNode row = json.readTree(value);
    for (String field : fields) if (!row.has(field)) throw new IOException("no `" + field + "` in " + row);
    if (row.size() != fields.length) throw new IOException("more than it should have: " + row);
    return row;
  }
}
