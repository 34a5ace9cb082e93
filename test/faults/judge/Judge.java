import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;

/**
 * Judges a finished run of the campaign's topology by what is in Kafka and Redis. It shares no code with Millrace, and believes nothing that a
 * process of the run says of itself.
 *
 * <p>Arguments: brokers, Redis as host:port or `none`, name of the topology, its parts separated by commas, partitions, length of a second in
 * ms, start before which windows have to be closed in ms, and `compacted` where changelogs may have been compacted. Prints one JSON object:
 * violations, and counts of what was looked at.
 */
public final class Judge {
  public static void main(String[] args) throws Exception {
    Set<String> parts = new LinkedHashSet<>(Arrays.asList(args[3].split(",")));
    Topology topology =
        new Topology(args[2], parts, Integer.parseInt(args[4]), Long.parseLong(args[5]), Double.parseDouble(args[6]));
    boolean compacted = args.length > 7 && args[7].equals("compacted");
    Findings findings = new Findings();
    Map<String, Object> counts = new LinkedHashMap<>();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
      judge(admin, args[0], args[1], topology, compacted, findings, counts);
    }
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    List<Map<String, String>> violations = findings.all().stream()
        .map(each -> Map.of("invariant", each.invariant(), "where", each.where(), "what", each.what()))
        .toList();
    out.println(new ObjectMapper().writeValueAsString(Map.of("violations", violations, "counts", counts)));
    out.flush();
  }

  private static void judge(
      Admin admin,
      String brokers,
      String redis,
      Topology topology,
      boolean compacted,
      Findings findings,
      Map<String, Object> counts)
      throws Exception {
    Set<String> existing = admin.listTopics().names().get();
    Set<String> topics = new LinkedHashSet<>(topology.topics());
    for (String topic : topics) {
      if (!existing.contains(topic)) throw new IllegalStateException("there is no topic " + topic);
    }
    for (String topic : existing) {
      if (topic.startsWith(topology.name() + ".") || topic.equals(topology.late())) topics.add(topic);
    }
    try (CommittedLogs logs = CommittedLogs.of(admin, brokers, topics)) {
      judge(admin, logs, redis, topology, compacted, findings, counts);
    }
  }

  private static void judge(
      Admin admin,
      CommittedLogs logs,
      String redis,
      Topology topology,
      boolean compacted,
      Findings findings,
      Map<String, Object> counts)
      throws Exception {
    for (String topic : topology.topics()) {
      if (logs.partitions(topic) == topology.partitions()) continue;
      throw new IllegalStateException(topic + " has " + logs.partitions(topic) + " partitions");
    }
    Transactions transactions = new Transactions(logs.bounds());
    RawLogs.read(admin, logs.bounds(), transactions);

    Map<String, List<Changelog>> changelogs = new LinkedHashMap<>();
    for (Topology.SubTopology each : topology.subTopologies()) changelogs.put(each.id(), read(logs, topology, each));
    List<Changelog> all = changelogs.values().stream().flatMap(List::stream).toList();
    InputOffsets offsets = new InputOffsets(logs, topology);
    for (Changelog log : all) ChainCheck.check(findings, logs, offsets, log, compacted);

    Inputs inputs = new Inputs(logs, topology);
    Reference reference = new Reference(inputs, topology);
    OutputChecks outputs = new OutputChecks(findings, logs, topology, inputs, reference, changelogs, compacted);
    StateCheck.check(findings, topology, reference, all);
    TransactionCheck.check(findings, topology, logs, transactions, all, outputs.copies, compacted);
    RestCheck.check(findings, admin, topology, logs, offsets, transactions, all);
    if (!redis.equals("none")) {
      Map<String, Map<String, byte[]>> hashes = RedisHashes.beginningWith("{" + topology.name() + ":", redis);
      counts.put("redisKeys", hashes.size());
      counts.put("redisEntries", RedisCheck.check(findings, topology, all, hashes));
    }
    count(counts, topology, logs, transactions, inputs, all);
  }

  private static List<Changelog> read(CommittedLogs logs, Topology topology, Topology.SubTopology subTopology)
      throws Exception {
    List<Changelog> ofPartitions = new ArrayList<>();
    String topic = topology.changelog(subTopology.id());
    for (int partition = 0; partition < topology.partitions(); partition++) {
      ofPartitions.add(new Changelog(subTopology, new TopicPartition(topic, partition)));
    }
    logs.forEach(topic, (partition, entry) -> ofPartitions.get(partition).add(entry));
    return ofPartitions;
  }

  private static void count(
      Map<String, Object> counts,
      Topology topology,
      CommittedLogs logs,
      Transactions transactions,
      Inputs inputs,
      List<Changelog> all) {
    counts.put("events", inputs.events.stream().mapToInt(List::size).sum());
    counts.put("lines", inputs.lines.stream().mapToInt(List::size).sum());
    Map<String, Integer> outputs = new LinkedHashMap<>();
    for (String topic : topology.outputs()) outputs.put(topic, logs.size(topic));
    counts.put("outputs", outputs);
    counts.put("commits", all.stream()
        .mapToLong(log -> log.ownerships.stream().filter(Changelog.Ownership::isCommit).count()).sum());
    counts.put("claims", all.stream()
        .mapToLong(log -> log.ownerships.stream().filter(each -> !each.isCommit()).count()).sum());
    counts.put("changes", all.stream().mapToInt(log -> log.changes).sum());
    counts.put("stateEntries", all.stream().mapToInt(log -> log.state.values().stream().mapToInt(Map::size).sum()).sum());
    counts.put("abortedParts", transactions.parts.stream().filter(part -> !part.committed).count());
  }
}
