import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * I4 by the transactions themselves. A committed transaction that wrote to a changelog ended it with exactly one ownership record; one that
 * wrote to an output belongs to exactly one commit record, and that one to no other transaction.
 */
final class TransactionCheck {
  private final Findings findings;
  private final Topology topology;
  private final Transactions transactions;
  /** By producer: the task whose changelog it writes. */
  private final Map<Long, Changelog> writers = new HashMap<>();

  private TransactionCheck(Findings findings, Topology topology, Transactions transactions) {
    this.findings = findings;
    this.topology = topology;
    this.transactions = transactions;
  }

  /** @param copies outputs of whose records it is known where they come from */
  static void check(
      Findings findings,
      Topology topology,
      CommittedLogs logs,
      Transactions transactions,
      List<Changelog> changelogs,
      List<CopyCheck> copies,
      boolean compacted) {
    TransactionCheck check = new TransactionCheck(findings, topology, transactions);
    check.checkReading(logs);
    check.checkChangelogs(changelogs, compacted);
    if (compacted) return;
    check.checkTimes();
    for (CopyCheck each : copies) check.checkOrigins(each);
    transactions.holes.forEach((partition, offset) -> {
      if (!isSource(topology, partition)) {
        findings.add("holes", "I3", partition + " offset " + offset, "records are missing from the log");
      }
    });
    check.checkBeginnings(logs, changelogs);
  }

  /** Rows behind a repartition are deleted once they are processed; of changelogs nothing is. */
  private void checkBeginnings(CommittedLogs logs, List<Changelog> changelogs) {
    for (Changelog log : changelogs) {
      long first = logs.bounds().get(log.partition).first();
      if (first > 0) findings.add("beginnings", "I3", log.partition.toString(), "the log begins only at offset " + first);
      TopicPartition input = new TopicPartition(log.subTopology.input(), log.partition.partition());
      long firstInput = logs.bounds().get(input).first();
      if (firstInput <= log.input()) continue;
      findings.add("beginnings", "I1", input.toString(), "deleted up to " + firstInput + ", processed up to "
          + log.input());
    }
  }

  private static boolean isSource(Topology topology, TopicPartition partition) {
    return partition.topic().equals(topology.output("events")) || partition.topic().equals(topology.output("lines"));
  }

  /** What the log itself says to be committed is what the consumer was given. */
  private void checkReading(CommittedLogs logs) {
    Map<TopicPartition, Integer> committed = new HashMap<>();
    for (Transactions.Part part : transactions.parts) {
      if (part.committed) committed.merge(part.partition, part.records, Integer::sum);
    }
    logs.bounds().keySet().forEach(partition -> {
      if (isSource(topology, partition)) return;
      if (transactions.outside().containsKey(partition)) {
        String where = partition + " offset " + transactions.outside().get(partition);
        findings.add("outside", "I4", where, "written outside any transaction");
        return;
      }
      int read = logs.size(partition);
      if (read < 0) return;
      int written = committed.getOrDefault(partition, 0);
      if (read == written) return;
      findings.add("reading", "I4", partition.toString(), "the log has " + written
          + " committed records, a read_committed consumer got " + read);
    });
  }

  private void checkChangelogs(List<Changelog> changelogs, boolean compacted) {
    Map<TopicPartition, Changelog> byPartition = new HashMap<>();
    for (Changelog log : changelogs) byPartition.put(log.partition, log);
    Map<Long, Short> epochs = new HashMap<>();
    for (Transactions.Part part : transactions.parts) {
      Changelog log = byPartition.get(part.partition);
      if (log == null) continue;
      Changelog other = writers.putIfAbsent(part.producer, log);
      if (other != null && other != log) {
        findings.add("writers", "I3", part.where(), "producer " + part.producer + " writes to " + other.partition
            + " as well");
      }
      if (!part.committed) continue;
      Short before = epochs.put(part.producer, part.epoch);
      if (before != null && before > part.epoch) {
        findings.add("epochs", "I3", part.where(), "producer " + part.producer + " goes back from epoch " + before
            + " to " + part.epoch);
      }
      if (compacted || (part.ownerships == 1 && part.endsWithOwnership)) continue;
      String what = "a committed transaction with " + part.ownerships + " ownership records"
          + (part.endsWithOwnership ? "" : ", none at its end");
      findings.add("commit records", "I4", part.where(), what);
    }
  }

  /** Records of outputs carry the time of their batch, which the commit record carries too. */
  private void checkTimes() {
    Map<Changelog, Map<Long, Integer>> batches = new HashMap<>();
    Map<String, Integer> written = new HashMap<>();
    Set<String> outputs = new HashSet<>(topology.outputs());
    for (Transactions.Part part : transactions.parts) {
      String topic = part.partition.topic();
      if (!part.committed || !(outputs.contains(topic) || topic.endsWith(".repartition"))) continue;
      Changelog log = writers.get(part.producer);
      if (log == null) {
        findings.add("writers", "I4", part.where(), "producer " + part.producer
            + " committed an output, and writes no changelog");
        continue;
      }
      // Repartition topics have the broker's time.
      if (!outputs.contains(topic)) continue;
      long time = part.timestamps.iterator().next();
      int commits = batches.computeIfAbsent(log, TransactionCheck::commitsByTime).getOrDefault(time, 0);
      int parts = written.merge(part.partition + " " + log.task() + " " + time, 1, Integer::sum);
      if (part.timestamps.size() != 1) {
        findings.add("batch times", "I4", part.where(), "one transaction of several batches: times " + part.timestamps);
      } else if (parts > commits) {
        String what = log.task() + " has " + commits + " commits of the batch time " + time
            + ", this is transaction number " + parts + " of it";
        findings.add("batch times", "I4", part.where(), what);
      }
    }
  }

  private static Map<Long, Integer> commitsByTime(Changelog log) {
    Map<Long, Integer> commits = new HashMap<>();
    for (Changelog.Batch batch : log.batches()) commits.merge(batch.commit().number("batchTimeMs"), 1, Integer::sum);
    return commits;
  }

  /** The originals of what one transaction wrote were all read by one batch, and no other transaction wrote others of it here. */
  private void checkOrigins(CopyCheck output) {
    Map<String, Transactions.Part> byBatch = new HashMap<>();
    Map<Changelog, List<Changelog.Batch>> batches = new HashMap<>();
    for (Transactions.Part part : transactions.parts) {
      Changelog log = writers.get(part.producer);
      if (!part.committed || !part.partition.topic().equals(output.topic) || log == null) continue;
      List<Changelog.Batch> ofTask = batches.computeIfAbsent(log, Changelog::batches);
      Set<Integer> seen = new HashSet<>();
      for (long[] range : part.batches) {
        for (CopyCheck.Origin each : within(output.origins.get(part.partition), range)) {
          boolean own = each.original().partition() == log.partition.partition();
          seen.add(own ? batchOf(each.original().offset(), ofTask) : -1);
        }
      }
      if (seen.size() > 1 || seen.contains(-1)) {
        findings.add(output.topic + ": transactions", "I4", part.where(), "one transaction has records of "
            + describe(seen, ofTask) + " of " + log.task());
      }
      for (int batch : seen) {
        Transactions.Part other = byBatch.putIfAbsent(part.partition + " " + log.task() + " " + batch, part);
        if (other == null || batch < 0) continue;
        findings.add(output.topic + ": transactions", "I4", part.where(), describe(seen, ofTask) + " of " + log.task()
            + " is also at " + other.where());
      }
    }
  }

  /** Those from the first offset of the range to its last. */
  private static List<CopyCheck.Origin> within(List<CopyCheck.Origin> origins, long[] range) {
    return origins.subList(firstFrom(origins, range[0]), firstFrom(origins, range[1] + 1));
  }

  private static int firstFrom(List<CopyCheck.Origin> origins, long offset) {
    int low = 0;
    int high = origins.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (origins.get(middle).offset() < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Index of the batch that read an offset; -1 where none did. */
  private static int batchOf(long offset, List<Changelog.Batch> batches) {
    int low = 0;
    int high = batches.size() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (batches.get(middle).to() > offset) high = middle;
      else low = middle + 1;
    }
    return high >= 0 && batches.get(low).from() <= offset && offset < batches.get(low).to() ? low : -1;
  }

  private static String describe(Set<Integer> batches, List<Changelog.Batch> known) {
    List<String> names = new ArrayList<>();
    for (int each : batches) {
      names.add(each < 0 ? "no batch" : "the batch of commit " + known.get(each).commit().offset());
    }
    return String.join(" and ", names);
  }
}
