/** News of event time that travels in repartition topics, between the rows. */
final class Markers {
  private Markers() {}

  /** Whether a record of a repartition topic is a marker: its key begins with NUL, as no row's does. */
  static boolean isMarker(CommittedLogs.Entry entry) {
    return entry.key() != null && entry.key().length > 0 && entry.key()[0] == 0;
  }
}
