import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All hashes of a Redis whose keys begin alike, read by its protocol over a socket. */
final class RedisHashes {
  private static final int TIMEOUT_MS = 30_000;
  private static final int PIPELINED = 200;

  private final InputStream in;
  private final OutputStream out;

  private RedisHashes(Socket socket) throws IOException {
    in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
  }

  /** An error that Redis answered. */
  private static final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    Refused(String message) {
      super(message);
    }
  }

  /**
   * Key, then field and value. A key that holds something else than a hash has no fields.
   *
   * @param address host:port
   */
  static Map<String, Map<String, byte[]>> beginningWith(String prefix, String address) throws IOException {
    int colon = address.lastIndexOf(':');
    try (Socket socket = new Socket(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)))) {
      socket.setSoTimeout(TIMEOUT_MS);
      return new RedisHashes(socket).hashes(prefix);
    }
  }

  private Map<String, Map<String, byte[]>> hashes(String prefix) throws IOException {
    List<String> keys = keys(prefix);
    Map<String, Map<String, byte[]>> hashes = new TreeMap<>();
    for (int from = 0; from < keys.size(); from += PIPELINED) {
      List<String> some = keys.subList(from, Math.min(keys.size(), from + PIPELINED));
      for (String key : some) send("HGETALL", key);
      out.flush();
      for (String key : some) hashes.put(key, readHash());
    }
    return hashes;
  }

  /** Each once, though a scan may give a key several times. */
  private List<String> keys(String prefix) throws IOException {
    Map<String, Boolean> keys = new LinkedHashMap<>();
    String pattern = prefix.replaceAll("[\\\\*?\\[\\]]", "\\\\$0") + "*";
    String cursor = "0";
    do {
      send("SCAN", cursor, "MATCH", pattern, "COUNT", "2000");
      out.flush();
      List<?> reply = (List<?>) read();
      cursor = text(reply.get(0));
      for (Object key : (List<?>) reply.get(1)) keys.put(text(key), true);
    } while (!cursor.equals("0"));
    return List.copyOf(keys.keySet());
  }

  private Map<String, byte[]> readHash() throws IOException {
    Map<String, byte[]> fields = new LinkedHashMap<>();
    try {
      List<?> pairs = (List<?>) read();
      for (int i = 0; i < pairs.size(); i += 2) fields.put(text(pairs.get(i)), (byte[]) pairs.get(i + 1));
    } catch (Refused refused) {
      if (!refused.getMessage().startsWith("WRONGTYPE")) throw refused;
    }
    return fields;
  }

  private void send(String... command) throws IOException {
    out.write(("*" + command.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (String part : command) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      out.write(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      out.write(bytes);
      out.write('\r');
      out.write('\n');
    }
  }

  /** Bytes, a number as a Long, a List of these, or null. */
  private Object read() throws IOException {
    String line = line();
    String rest = line.substring(1);
    switch (line.charAt(0)) {
      case '+':
        return rest.getBytes(StandardCharsets.UTF_8);
      case '-':
        throw new Refused(rest);
      case ':':
        return Long.valueOf(rest);
      case '$':
        if (rest.equals("-1")) return null;
        byte[] bytes = in.readNBytes(Integer.parseInt(rest));
        line();
        return bytes;
      case '*':
        List<Object> items = new ArrayList<>();
        for (int left = Integer.parseInt(rest); left > 0; left--) items.add(read());
        return items;
      default:
        throw new IOException("not a reply of Redis: " + line);
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\r'; next = in.read()) {
      if (next < 0) throw new EOFException("Redis hung up");
      line.append((char) next);
    }
    in.read();
    return line.toString();
  }

  private static String text(Object bytes) {
    return new String((byte[]) bytes, StandardCharsets.UTF_8);
  }
}
