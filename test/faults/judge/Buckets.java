/** Where an entry lies in Redis: linear hashing by 24 bits of its key's hash. */
final class Buckets {
  private Buckets() {}

  /** FNV-1a over UTF-16 units, then mixed as MurmurHash does in the end; the upper 24 bits. */
  static int hash(String key) {
    int hash = 0x811c9dc5;
    for (int i = 0; i < key.length(); i++) hash = (hash ^ key.charAt(i)) * 0x01000193;
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    return (hash ^ (hash >>> 16)) >>> 8;
  }

  /** The bucket of a hash while there are `count` of them. */
  static int of(int hash, int count) {
    int span = Integer.highestOneBit(count);
    int bucket = hash & (2 * span - 1);
    return bucket < count ? bucket : hash & (span - 1);
  }

  /** The name of an entry in its bucket: the hash, six bits a character from '0' on, then the key. */
  static String field(String key) {
    int hash = hash(key);
    StringBuilder field = new StringBuilder(key.length() + 4);
    for (int shift = 18; shift >= 0; shift -= 6) field.append((char) ('0' + ((hash >>> shift) & 63)));
    return field.append(key).toString();
  }
}
