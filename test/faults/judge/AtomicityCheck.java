import java.util.List;

/** I4 by the ids of copies: of the records that a batch read, all outputs that have to hold them do, or none. */
final class AtomicityCheck {
  private AtomicityCheck() {}

  /** @param outputs those that one batch writes */
  static void check(
      Findings findings,
      List<Changelog> changelogs,
      List<? extends List<? extends Inputs.Placed>> inputs,
      List<CopyCheck> outputs) {
    for (Changelog log : changelogs) {
      List<? extends Inputs.Placed> records = inputs.get(log.partition.partition());
      List<Changelog.Batch> batches = log.batches();
      List<? extends List<? extends Inputs.Placed>> byBatch = Reference.byBatch(records, batches);
      for (int i = 0; i < batches.size(); i++) checkBatch(findings, log, batches.get(i), byBatch.get(i), outputs);
      for (Inputs.Placed record : records) {
        if (record.offset() >= log.input()) checkUncommitted(findings, log, record, outputs);
      }
    }
  }

  private static void checkBatch(
      Findings findings,
      Changelog log,
      Changelog.Batch batch,
      List<? extends Inputs.Placed> records,
      List<CopyCheck> outputs) {
    int wanted = 0;
    int found = 0;
    for (CopyCheck output : outputs) {
      for (Inputs.Placed record : records) {
        if (!output.wants(record)) continue;
        wanted++;
        if (output.has(record.id())) found++;
      }
    }
    if (found == wanted) return;
    String what = "of the input from " + batch.from() + " to " + batch.to() + " the outputs have " + found + " of "
        + wanted + " records";
    findings.add("batches", "I4", log.partition + " offset " + batch.commit().offset(), what);
  }

  private static void checkUncommitted(Findings findings, Changelog log, Inputs.Placed record, List<CopyCheck> outputs) {
    for (CopyCheck output : outputs) {
      if (!output.has(record.id())) continue;
      String what = output.topic + " has id " + record.id() + ", at offset " + record.offset()
          + " of an input committed to " + log.input();
      findings.add("uncommitted", "I4", log.partition.toString(), what);
    }
  }
}
