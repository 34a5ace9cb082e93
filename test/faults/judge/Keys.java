/** Canonical key strings, as they are in changelogs, Redis and repartition topics: of plain texts and whole numbers only. */
final class Keys {
  private Keys() {}

  static String text(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) < 2 || Character.isSurrogate(value.charAt(i))) {
        throw new IllegalArgumentException("not plain: " + value);
      }
    }
    return "s" + value + "\0";
  }

  static String number(long value) {
    return "d" + value + "\0";
  }

  /** A window, from its bounds in ms. */
  static String window(long startMs, long endMs) {
    return "a" + number(startMs * 1000) + number(endMs * 1000) + "z";
  }

  /** The key of an entry that is final at a time in ms. */
  static String inSegment(long endMs, String key) {
    return endMs * 1000 + ":" + key;
  }
}
