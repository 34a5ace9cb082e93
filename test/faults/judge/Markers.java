/** News of event time that travels in repartition topics, between the rows. */
final class Markers {
  private Markers() {}

  /** Whether a record of the sub-topology's input is a marker: its key begins with NUL, as no row's does. Sources have none. */
  static boolean isMarker(Topology.SubTopology subTopology, CommittedLogs.Entry entry) {
    return !subTopology.readsSource() && isMarker(entry);
  }

  /** Whether a record of a repartition topic is a marker. */
  static boolean isMarker(CommittedLogs.Entry entry) {
    return entry.key() != null && entry.key().length > 0 && entry.key()[0] == 0;
  }
}
