import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Decodes rows of stores, changelogs and repartition topics: a version (1), then columns, each behind a tag.
 *
 * <p>Integers come as Long, fractions as Double, texts as String, arrays and structs as List, maps as Map, decimals as BigInteger without
 * their point, bytes as ByteBuffer.
 */
final class Rows {
  private final ByteBuffer bytes;

  private Rows(byte[] value) {
    bytes = ByteBuffer.wrap(value);
  }

  /** @throws IllegalArgumentException when the bytes are not a row that is written as it is */
  static List<Object> decode(byte[] value) {
    Rows rows = new Rows(value);
    int version = rows.bytes.hasRemaining() ? rows.bytes.get() : -1;
    if (version != 1) throw new IllegalArgumentException("not an uncompressed row: it begins with " + (version & 0xff));
    List<Object> row = new ArrayList<>();
    while (rows.bytes.hasRemaining()) row.add(rows.column());
    return row;
  }

  private Object column() {
    int tag = bytes.get();
    switch (tag) {
      case 0:
        return null;
      case 1:
        return false;
      case 2:
        return true;
      case 3:
        return signed();
      case 4:
        return bytes.getDouble();
      case 5:
        return new String(block(), StandardCharsets.UTF_8);
      case 6:
        return ByteBuffer.wrap(block());
      case 7:
        List<Object> items = new ArrayList<>();
        for (long left = unsigned(); left > 0; left--) items.add(column());
        return items;
      case 8:
        Map<Object, Object> map = new LinkedHashMap<>();
        for (long left = unsigned(); left > 0; left--) map.put(column(), column());
        return map;
      case 9:
        return BigInteger.valueOf(signed());
      case 10:
        return new BigInteger(block());
      default:
        throw new IllegalArgumentException("not a row: unknown tag " + tag);
    }
  }

  private byte[] block() {
    byte[] block = new byte[(int) unsigned()];
    bytes.get(block);
    return block;
  }

  /** Zigzag. */
  private long signed() {
    long value = unsigned();
    return (value >>> 1) ^ -(value & 1);
  }

  /** Seven bits a byte, lowest first. */
  private long unsigned() {
    long value = 0;
    for (int shift = 0;; shift += 7) {
      int next = bytes.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) return value;
    }
  }
}
