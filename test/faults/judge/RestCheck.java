import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** I5 and I6: everything was processed, nothing hangs, and the group's offsets say so. */
final class RestCheck {
  /** A transaction that is not over. */
  private static final Set<TransactionState> OPEN = Set.of(
      TransactionState.ONGOING, TransactionState.PREPARE_COMMIT, TransactionState.PREPARE_ABORT,
          TransactionState.PREPARE_EPOCH_FENCE);

  private RestCheck() {}

  static void check(
      Findings findings,
      Admin admin,
      Topology topology,
      CommittedLogs logs,
      InputOffsets inputs,
      Transactions transactions,
      List<Changelog> changelogs)
      throws Exception {
    logs.bounds().forEach((partition, bounds) -> {
      if (bounds.lastStable() >= bounds.highWatermark()) return;
      String what = "last stable offset " + bounds.lastStable() + ", high watermark " + bounds.highWatermark();
      findings.add("last stable offsets", "I6", partition.toString(), what);
    });
    for (Transactions.Part part : transactions.open()) {
      findings.add("open transactions", "I6", part.where(), "producer " + part.producer
          + " has not ended its transaction");
    }
    ListTransactionsOptions unended = new ListTransactionsOptions().filterStates(OPEN);
    for (TransactionListing each : admin.listTransactions(unended).all().get()) {
      if (!each.transactionalId().startsWith(topology.name() + ".")) continue;
      findings.add("coordinators", "I6", each.transactionalId(), "its transaction is in state " + each.state());
    }
    Map<TopicPartition, OffsetAndMetadata> offsets =
        admin.listConsumerGroupOffsets(topology.name()).partitionsToOffsetAndMetadata().get();
    for (Changelog log : changelogs) checkTask(findings, logs, inputs, log, offsets);
  }

  private static void checkTask(
      Findings findings,
      CommittedLogs logs,
      InputOffsets inputs,
      Changelog log,
      Map<TopicPartition, OffsetAndMetadata> offsets) {
    TopicPartition input = new TopicPartition(log.subTopology.input(), log.partition.partition());
    int unread = inputs.from(input, log.input());
    if (unread > 0) {
      findings.add("lag", "I6", input + " offset " + log.input(), unread + " records were never taken by a batch");
    }
    OffsetAndMetadata mirrored = offsets.get(input);
    if (mirrored == null) {
      if (inputs.from(input, 0) > 0) findings.add("group", "I5", input.toString(), "the group has no offset");
      return;
    }
    if (!mirrored.metadata().startsWith("millrace")) {
      findings.add("group", "I5", input.toString(), "the offset was written by somebody else: " + mirrored.metadata());
    }
    long end = logs.bounds().get(input).highWatermark();
    // It may be ahead by control records and markers, and behind by markers.
    if (mirrored.offset() <= end && inputs.from(input, mirrored.offset()) == unread) return;
    String what = "the group is at " + mirrored.offset() + ", the last commit record at " + log.input()
        + ", the log ends at " + end;
    findings.add("group", "I5", input.toString(), what);
  }
}
