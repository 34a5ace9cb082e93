import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import net.jpountz.lz4.LZ4Factory;
import org.xerial.snappy.Snappy;

/** Values of state, which may be compressed: the first byte says how. */
final class Values {
  private Values() {}

  /** The row in a value: the value itself where its first byte is below 128. */
  static byte[] inflate(byte[] value) {
    if (value.length == 0 || value[0] >= 0) return value;
    byte[] packed = Arrays.copyOfRange(value, 1, value.length);
    switch (value[0] & 0xff) {
      case 0x81:
        int size = ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN).getInt();
        return LZ4Factory.safeInstance().safeDecompressor().decompress(packed, 4, packed.length - 4, size);
      case 0x82:
        try {
          return Snappy.uncompress(packed);
        } catch (IOException damaged) {
          throw new UncheckedIOException(damaged);
        }
      case 0x83:
        return Zstd.decompress(packed, Math.toIntExact(Zstd.getFrameContentSize(packed)));
      default:
        throw new IllegalArgumentException("a value written in an unknown way: " + (value[0] & 0xff));
    }
  }
}
