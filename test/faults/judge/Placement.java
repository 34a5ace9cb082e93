import org.apache.kafka.common.utils.Utils;

/** Where Kafka's own producer puts a key. */
final class Placement {
  private Placement() {}

  static int of(byte[] key, int partitions) {
    return Utils.toPositive(Utils.murmur2(key)) % partitions;
  }
}
