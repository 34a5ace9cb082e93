import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The topology of the campaign: what it reads, keeps and writes.
 *
 * @param parts of copies, totals, windows, words, tens
 * @param partitions of all its topics
 * @param secondMs length of the windows of the view `seconds`
 * @param closedBeforeMs windows that begin before it have to be closed, those that begin later may be
 */
record Topology(String name, Set<String> parts, int partitions, long secondMs, double closedBeforeMs) {
  /** What has tasks and a changelog of its own. */
  record SubTopology(String id, String input, List<Store> stores) {
    boolean readsSource() {
      return !input.endsWith(".repartition");
    }
  }

  /** @param segmented its entries lie in a table for each event time at which they are final */
  record Store(String name, boolean segmented) {}

  static final long LARGE = 50;

  long windowMs() {
    return 5 * secondMs;
  }

  long tenMs() {
    return 10 * secondMs;
  }

  String output(String output) {
    return name + "-" + output;
  }

  String changelog(String subTopology) {
    return name + "." + subTopology + ".changelog";
  }

  String repartition(String view) {
    return name + "." + view + ".repartition";
  }

  boolean has(String part) {
    return parts.contains(part);
  }

  boolean readsEvents() {
    return has("copies") || has("totals") || has("windows") || has("tens");
  }

  boolean readsLines() {
    return has("copies") || has("words");
  }

  List<SubTopology> subTopologies() {
    List<SubTopology> all = new ArrayList<>();
    List<Store> ofEvents = new ArrayList<>();
    if (has("totals")) ofEvents.add(new Store("userTotals", false));
    if (has("windows")) ofEvents.add(new Store("userWindows", true));
    if (readsEvents()) all.add(new SubTopology("events", output("events"), ofEvents));
    if (readsLines()) all.add(new SubTopology("lines", output("lines"), List.of()));
    if (has("words")) all.add(behindRepartition("wordCounts", false));
    if (has("tens")) {
      all.add(behindRepartition("seconds", true));
      all.add(behindRepartition("tens", true));
    }
    return all;
  }

  private SubTopology behindRepartition(String view, boolean segmented) {
    return new SubTopology(view, repartition(view), List.of(new Store(view, segmented)));
  }

  List<String> outputs() {
    List<String> outputs = new ArrayList<>();
    if (has("copies")) outputs.addAll(List.of(output("copies"), output("large"), output("line-copies")));
    for (String part : List.of("totals", "windows", "words", "tens")) if (has(part)) outputs.add(output(part));
    return outputs;
  }

  /** Where late rows go, if the topology sends them anywhere. */
  String late() {
    return output("late");
  }

  /** Every topic that has to be there. */
  List<String> topics() {
    List<String> topics = outputs();
    for (SubTopology each : subTopologies()) {
      topics.add(each.input());
      topics.add(changelog(each.id()));
    }
    return topics;
  }
}
