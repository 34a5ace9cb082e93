import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What comes of the inputs when they are simply added up. */
final class Reference {
  /** Rows of one group, added up. */
  static final class Group {
    /** Where the rows come from. */
    final int partition;
    /** User, word, or last digit. */
    final String name;
    final long startMs;
    final long endMs;
    long n;
    long total;
    long newest = Long.MIN_VALUE;
    /** Groups that were added up to this one. */
    long parts;
    /** Where the group came out when it was final; null where it did not. */
    String cameOut;

    Group(int partition, String name, long startMs, long endMs) {
      this.partition = partition;
      this.name = name;
      this.startMs = startMs;
      this.endMs = endMs;
    }

    void add(Inputs.Event event) {
      n++;
      total += event.amount();
      newest = Math.max(newest, event.id());
    }
  }

  /** By user. */
  final Map<String, Group> totals = new HashMap<>();
  /** By user and start. */
  final Map<String, Group> windows = new HashMap<>();
  /** By canonical key of window and digit, as it is in the repartition topic. */
  final Map<String, Group> seconds = new HashMap<>();
  /** By canonical key of the window. */
  final Map<String, Group> tens = new HashMap<>();
  /** By word. */
  final Map<String, Group> words = new HashMap<>();

  private final Topology topology;

  Reference(Inputs inputs, Topology topology) {
    this.topology = topology;
    for (List<Inputs.Event> partition : inputs.events) partition.forEach(this::add);
    for (List<Inputs.Line> partition : inputs.lines) {
      for (Inputs.Line line : partition) {
        for (String word : line.words()) words.computeIfAbsent(word, name -> new Group(line.partition(), name, 0, 0)).n++;
      }
    }
    seconds.forEach((key, second) -> {
      long start = startOf(second.startMs, topology.tenMs());
      long end = start + topology.tenMs();
      Group ten = tens.computeIfAbsent(Keys.window(start, end), each -> new Group(0, "", start, end));
      ten.n += second.n;
      ten.total += second.total;
      ten.parts++;
    });
  }

  private void add(Inputs.Event event) {
    totals.computeIfAbsent(event.user(), user -> new Group(event.partition(), user, 0, 0)).add(event);
    long start = startOf(event.timeMs(), topology.windowMs());
    long end = start + topology.windowMs();
    windows
        .computeIfAbsent(event.user() + " " + start, each -> new Group(event.partition(), event.user(), start, end))
        .add(event);
    String key = secondKey(event);
    long second = startOf(event.timeMs(), topology.secondMs());
    String digit = String.valueOf(event.amount() % 10);
    seconds.computeIfAbsent(key, each -> new Group(0, digit, second, second + topology.secondMs())).add(event);
  }

  /** The group of an event in the view `seconds`. */
  String secondKey(Inputs.Event event) {
    long start = startOf(event.timeMs(), topology.secondMs());
    return Keys.window(start, start + topology.secondMs()) + Keys.number(event.amount() % 10);
  }

  private static long startOf(long timeMs, long sizeMs) {
    return Math.floorDiv(timeMs, sizeMs) * sizeMs;
  }

  /** Gives the records of one input partition batch by batch. Those that no batch took are left out. */
  static <T extends Inputs.Placed> List<List<T>> byBatch(List<T> records, List<Changelog.Batch> batches) {
    List<List<T>> all = new ArrayList<>();
    int next = 0;
    for (Changelog.Batch batch : batches) {
      while (next < records.size() && records.get(next).offset() < batch.from()) next++;
      int first = next;
      while (next < records.size() && records.get(next).offset() < batch.to()) next++;
      all.add(records.subList(first, next));
    }
    return all;
  }
}
