import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;

/**
 * I3: the ownership records of a changelog are one chain. Each names the commit before it; inputs follow on one another; batches are numbered
 * without a gap; owners take turns; nothing goes back.
 */
final class ChainCheck {
  private final Findings findings;
  private final CommittedLogs logs;
  private final InputOffsets inputs;
  private final Changelog log;
  private final boolean compacted;

  private long position = -1;
  private long claim = -1;
  private Changelog.Ownership before;

  private ChainCheck(Findings findings, CommittedLogs logs, InputOffsets inputs, Changelog log, boolean compacted) {
    this.findings = findings;
    this.logs = logs;
    this.inputs = inputs;
    this.log = log;
    this.compacted = compacted;
  }

  /** @param compacted records may be missing that later ones of the same key replace */
  static void check(Findings findings, CommittedLogs logs, InputOffsets inputs, Changelog log, boolean compacted) {
    new ChainCheck(findings, logs, inputs, log, compacted).check();
  }

  private void check() {
    for (Changelog.Foreign each : log.foreign) {
      complain("foreign records", each.offset(), "a foreign record: " + each.key());
    }
    if (log.last() == null) findings.add("chain", "I3", log.partition.toString(), "nobody ever claimed the task");
    for (Changelog.Ownership each : log.ownerships) {
      if (!each.isCommit() && each.changes() > 0 && !compacted) {
        complain("claims", each.offset(), "a claim with " + each.changes() + " changes of state");
      }
      try {
        check(each);
      } catch (IllegalArgumentException malformed) {
        complain("records", each.offset(), malformed.getMessage());
      }
    }
    if (log.uncommitted > 0) {
      complain("changes", log.lastOffset, log.uncommitted + " changes of state behind the last commit record");
    }
  }

  private void check(Changelog.Ownership each) {
    boolean mayJump = compacted && each.number("position") > position;
    expect(each, "position", position, each.position(), mayJump);
    if (each.input(log.subTopology.input()) < 0) {
      complain("inputs", each.offset(), each.describe() + " does not say where " + log.subTopology.input() + " goes on");
    }
    if (before == null) checkFirst(each);
    else checkNext(each, mayJump);
    if (each.isCommit()) {
      expect(each, "generation", claim, each.number("generation"), compacted && each.number("generation") > claim);
      position = each.offset();
    } else {
      claim = each.offset();
    }
    before = each;
  }

  private void checkFirst(Changelog.Ownership each) {
    if (compacted) return;
    if (each.isCommit()) complain("first record", each.offset(), "the log begins with a commit instead of a claim");
    expect(each, "batchId", -1, each.number("batchId"), false);
    expect(each, "inputs", 0, each.input(log.subTopology.input()), false);
  }

  private void checkNext(Changelog.Ownership each, boolean mayJump) {
    long batchId = before.number("batchId") + (each.isCommit() ? 1 : 0);
    expect(each, "batchId", batchId, each.number("batchId"), mayJump && each.number("batchId") > batchId);
    String logId = before.said().path("logId").asText();
    if (!Objects.equals(logId, each.said().path("logId").asText())) {
      complain("logId", each.offset(), each.describe() + " is of another log than " + before.describe());
    }
    for (String field : List.of("batchTimeMs", "planEpoch")) {
      if (each.number(field) < before.number(field)) wentBack(each, field, before.number(field), each.number(field));
    }
    if (each.watermark() < before.watermark()) wentBack(each, "watermark", before.watermark(), each.watermark());
    long from = before.input(log.subTopology.input());
    long to = each.input(log.subTopology.input());
    if (to < from) wentBack(each, "inputs", from, to);
    long end = logs.bounds().get(input()).highWatermark();
    if (to > end) complain("inputs", each.offset(), each.describe() + " goes on at " + to + ", the input ends at " + end);
    if (each.isCommit() || mayJump) return;
    int passed = inputs.count(input(), from, to);
    if (passed > 0) complain("claims", each.offset(), each.describe() + " passes over " + passed
        + " records of the input");
  }

  private TopicPartition input() {
    return new TopicPartition(log.subTopology.input(), log.partition.partition());
  }

  private void expect(Changelog.Ownership each, String field, long expected, long found, boolean allowed) {
    if (found == expected || allowed) return;
    complain(field, each.offset(), each.describe() + " has " + field + " " + found + ", it should be " + expected);
  }

  private void wentBack(Changelog.Ownership each, String field, Object from, Object to) {
    complain(field, each.offset(), "with " + each.describe() + " " + field + " goes back from " + from + " to " + to);
  }

  private void complain(String check, long offset, String what) {
    findings.add("chain: " + check, "I3", log.partition + " offset " + offset, what);
  }
}
