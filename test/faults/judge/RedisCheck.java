import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * I2: at rest the copies in Redis are at the last commit, and what their changelogs say, byte for byte; what their meta hashes count is
 * there, and nothing else is.
 */
final class RedisCheck {
  private final Findings findings;
  private final Map<String, Map<String, byte[]>> hashes;
  /** Keys of Redis that nobody has accounted for. */
  private final Set<String> unclaimed;
  private int entries;

  private RedisCheck(Findings findings, Map<String, Map<String, byte[]>> hashes) {
    this.findings = findings;
    this.hashes = hashes;
    unclaimed = new TreeSet<>(hashes.keySet());
  }

  /**
   * @param hashes all keys that begin with the application's name
   * @return entries of all stores
   */
  static int check(
      Findings findings, Topology topology, Iterable<Changelog> changelogs, Map<String, Map<String, byte[]>> hashes) {
    RedisCheck check = new RedisCheck(findings, hashes);
    for (Changelog log : changelogs) if (!log.subTopology.stores().isEmpty()) check.checkTask(topology, log);
    for (String key : check.unclaimed) {
      findings.add("redis: keys", "I2", key, "belongs to no task's copy, and is not listed as garbage");
    }
    return check.entries;
  }

  private void checkTask(Topology topology, Changelog log) {
    String task = "{" + topology.name() + ":" + log.subTopology.id() + ":" + log.partition.partition() + ":";
    List<String> metas = hashes.keySet().stream().filter(key -> key.startsWith(task) && key.endsWith("}:meta")).toList();
    if (metas.size() != 1) {
      findings.add("redis: meta", "I2", log.task(), "expected one copy, found " + metas);
      return;
    }
    String key = metas.get(0);
    unclaimed.remove(key);
    Map<String, String> meta = new HashMap<>();
    hashes.get(key).forEach((field, value) -> meta.put(field, new String(value, StandardCharsets.UTF_8)));
    checkMeta(log, key, meta);
    String tag = key.substring(0, key.length() - "meta".length());
    checkTables(log, key, tag + meta.get("incarnation") + ":", meta);
    claimGarbage(tag, meta.getOrDefault("garbage", ""));
  }

  private void checkMeta(Changelog log, String key, Map<String, String> meta) {
    long position = number(meta, "position", -2);
    if (position != log.position()) {
      complain(key, "is at position " + position + ", the last commit is at " + log.position());
    }
    if (log.last() != null && !log.last().said().path("logId").asText().equals(meta.get("logId"))) {
      complain(key, "is of log " + meta.get("logId") + ", the changelog is " + log.last().said().path("logId"));
    }
    long generation = number(meta, "generation", -2);
    boolean claimed = log.ownerships.stream().anyMatch(each -> !each.isCommit() && each.offset() == generation);
    if (!claimed) complain(key, "has generation " + generation + ", which nobody claimed");
    log.ownerships.stream().filter(Changelog.Ownership::isCommit).reduce((a, b) -> b).ifPresent(last -> {
      long owner = last.number("generation");
      if (generation < owner) complain(key, "has generation " + generation + ", the last commit is of generation "
          + owner);
    });
    for (String field : List.of("restoring", "damaged")) {
      if (meta.containsKey(field)) complain(key, "is marked as " + field);
    }
  }

  private void checkTables(Changelog log, String key, String prefix, Map<String, String> meta) {
    Map<String, String> uncounted = new HashMap<>(meta);
    List.of("logId", "incarnation", "generation", "position", "positionTimestamp", "restoring", "damaged", "garbage")
        .forEach(uncounted::remove);
    tables(log).forEach((table, wanted) -> {
      int count = (int) number(meta, "buckets:" + table, 1);
      uncounted.remove("buckets:" + table);
      Map<Integer, Map<String, byte[]>> buckets = new HashMap<>();
      wanted.forEach((entry, value) -> {
        int bucket = Buckets.of(Buckets.hash(entry), count);
        buckets.computeIfAbsent(bucket, each -> new HashMap<>()).put(Buckets.field(entry), value);
      });
      buckets.forEach((bucket, fields) -> {
        String name = prefix + table + ":" + bucket;
        unclaimed.remove(name);
        checkBucket(name, fields, hashes.getOrDefault(name, Map.of()));
        expect(key, "count:" + table + ":" + bucket, fields.size(), uncounted.remove("count:" + table + ":" + bucket));
      });
      expect(key, "entries:" + table, wanted.size(), uncounted.remove("entries:" + table));
      entries += wanted.size();
    });
    // A store that has no entries may be listed with none; a segment may not.
    for (Topology.Store store : log.subTopology.stores()) {
      if (store.segmented()) continue;
      if ("0".equals(uncounted.get("entries:" + store.name()))) uncounted.remove("entries:" + store.name());
      uncounted.remove("buckets:" + store.name());
    }
    uncounted.forEach((field, value) -> complain(key, "has " + field + " = " + value
        + ", of which the changelog has nothing"));
  }

  /** Entries by table: a store, or a segment of one. */
  private static Map<String, Map<String, byte[]>> tables(Changelog log) {
    Map<String, Map<String, byte[]>> tables = new HashMap<>();
    log.state.forEach((store, entries) -> {
      boolean segmented = log.subTopology.stores().stream()
          .anyMatch(each -> each.name().equals(store) && each.segmented());
      entries.forEach((entry, value) -> {
        String table = segmented ? store + "@" + entry.substring(0, entry.indexOf(':')) : store;
        tables.computeIfAbsent(table, name -> new HashMap<>()).put(entry, value);
      });
    });
    return tables;
  }

  private void checkBucket(String name, Map<String, byte[]> wanted, Map<String, byte[]> found) {
    Set<String> fields = new HashSet<>(wanted.keySet());
    fields.addAll(found.keySet());
    for (String field : fields) {
      byte[] value = wanted.get(field);
      if (Arrays.equals(value, found.get(field))) continue;
      String what = value == null ? "is not in the changelog" : found.get(field) == null ? "is missing"
          : "has another value than in the changelog";
      findings.add("redis: entries", "I2", name + " field " + field.replace('\0', ';'), what);
    }
  }

  /** Buckets of former incarnations that are still to be removed: `incarnation buckets table` a line. */
  private void claimGarbage(String tag, String garbage) {
    for (String line : garbage.split("\n")) {
      if (line.equals("*")) unclaimed.removeIf(key -> key.startsWith(tag));
      String[] parts = line.split(" ", 3);
      if (parts.length < 3) continue;
      for (int bucket = 0; bucket < Integer.parseInt(parts[1]); bucket++) {
        unclaimed.remove(tag + parts[0] + ":" + parts[2] + ":" + bucket);
      }
    }
  }

  private void expect(String key, String field, int expected, String found) {
    if (!String.valueOf(expected).equals(found)) complain(key, "has " + field + " = " + found + ", expected " + expected);
  }

  private void complain(String key, String what) {
    findings.add("redis: meta", "I2", key, what);
  }

  private static long number(Map<String, String> meta, String field, long otherwise) {
    return meta.containsKey(field) ? Long.parseLong(meta.get(field)) : otherwise;
  }
}
