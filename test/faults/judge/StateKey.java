/** The key of a change of state in a changelog: SOH, the store, NUL, the key of the entry. */
record StateKey(String store, String key) {
  /** Null where it is none. */
  static StateKey parse(String text) {
    int separator = text.indexOf('\0', 1);
    if (!text.startsWith("\1") || separator < 0) return null;
    return new StateKey(text.substring(1, separator), text.substring(separator + 1));
  }
}
