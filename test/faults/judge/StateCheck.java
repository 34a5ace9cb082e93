import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** I2: the state that the changelogs hold is what the inputs add up to, and windows that are closed are gone from it. */
final class StateCheck {
  /** @param certain it has to be there: it is not closed, and what makes it up has come */
  private record Expected(List<Object> row, boolean certain) {}

  private final Findings findings;
  private final Topology topology;
  private final Reference reference;
  /** By task, store and key. */
  private final Map<String, Map<String, Map<String, Expected>>> expected = new HashMap<>();

  private StateCheck(Findings findings, Topology topology, Reference reference) {
    this.findings = findings;
    this.topology = topology;
    this.reference = reference;
  }

  /** @param reference in which it is marked what came out */
  static void check(Findings findings, Topology topology, Reference reference, List<Changelog> changelogs) {
    StateCheck check = new StateCheck(findings, topology, reference);
    check.expectAll();
    changelogs.forEach(check::check);
  }

  private void expectAll() {
    if (topology.has("totals")) {
      reference.totals.forEach((user, group) ->
          expect("events", group.partition, "userTotals", Keys.text(user), List.of(group.n, group.total, group.newest),
              true));
    }
    if (topology.has("windows")) {
      reference.windows.forEach((id, group) -> {
        if (group.cameOut != null || isDue(group)) return;
        String key = Keys.inSegment(group.endMs, Keys.window(group.startMs, group.endMs) + Keys.text(group.name));
        expect("events", group.partition, "userWindows", key, List.of(group.n, group.total), true);
      });
    }
    if (topology.has("words")) {
      reference.words.forEach((word, group) -> expectByKey("wordCounts", Keys.text(word), Keys.text(word),
          List.of(group.n), true));
    }
    if (topology.has("tens")) {
      reference.seconds.forEach((key, group) -> {
        if (isDue(group)) return;
        expectByKey("seconds", key, Keys.inSegment(group.endMs, key), List.of(group.n, group.total), false);
      });
      reference.tens.forEach((key, group) -> {
        if (group.cameOut != null || isDue(group)) return;
        expectByKey("tens", key, Keys.inSegment(group.endMs, key), null, false);
      });
    }
  }

  private boolean isDue(Reference.Group group) {
    return group.startMs < topology.closedBeforeMs();
  }

  private void expectByKey(String store, String placedBy, String key, List<Object> row, boolean certain) {
    int partition = Placement.of(placedBy.getBytes(StandardCharsets.UTF_8), topology.partitions());
    expect(store, partition, store, key, row, certain);
  }

  /** @param row null: not all of it may have come, whatever there is may stand */
  private void expect(String subTopology, int partition, String store, String key, List<Object> row, boolean certain) {
    expected
        .computeIfAbsent(subTopology + "/" + partition, task -> new HashMap<>())
        .computeIfAbsent(store, name -> new HashMap<>())
        .put(key, new Expected(row, certain));
  }

  private void check(Changelog log) {
    Map<String, Map<String, byte[]>> stores = log.state;
    Map<String, Map<String, Expected>> wanted = expected.getOrDefault(log.task(), Map.of());
    Set<String> names = new HashSet<>(stores.keySet());
    names.addAll(wanted.keySet());
    for (String store : names) {
      check(log, store, stores.getOrDefault(store, Map.of()), wanted.getOrDefault(store, Map.of()));
    }
  }

  private void check(Changelog log, String store, Map<String, byte[]> entries, Map<String, Expected> wanted) {
    entries.forEach((key, value) -> {
      Expected expected = wanted.get(key);
      if (expected == null) {
        complain(log, store, key, "should not be there");
        return;
      }
      try {
        List<Object> row = new ArrayList<>(Rows.decode(Values.inflate(value)));
        // What makes rows large is a text at their end, where the topology is asked for it.
        if (row.get(row.size() - 1) instanceof String) row.remove(row.size() - 1);
        if (expected.row() != null && !expected.row().equals(row)) {
          complain(log, store, key, "expected " + expected.row() + ", found " + row);
        }
      } catch (RuntimeException unreadable) {
        complain(log, store, key, "not a row: " + unreadable);
      }
    });
    wanted.forEach((key, expected) -> {
      if (expected.certain() && !entries.containsKey(key)) {
        complain(log, store, key, "is missing, expected " + expected.row());
      }
    });
  }

  private void complain(Changelog log, String store, String key, String what) {
    findings.add("state of " + store, "I2", log.partition + " store " + store + " key " + key.replace('\0', ';'), what);
  }
}
