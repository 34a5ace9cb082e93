package bench;

/**
 * The sequence of purchases, one of which is current. Every generator with the same seed and number of users yields the same one: what
 * is written to the input topic and what a verifier expects come from here both.
 */
final class Events {
    static final int SEED = 42;

    /** A whole minute in November 2023. */
    private static final long FIRST_TIMESTAMP = 1_699_999_980_000L;
    private static final int MOST_LATE_MS = 2_000;
    private static final int LATE_PERCENT = 5;

    private final Mulberry32 random;
    private final int users;
    private int id = -1;
    private int user;
    private int amount;
    private long timestamp;

    Events(int seed, int users) {
        this.random = new Mulberry32(seed);
        this.users = users;
    }

    /** Makes the next event the current one. */
    void advance() {
        id++;
        user = random.below(users);
        amount = random.below(1_000);
        boolean isLate = random.below(100) < LATE_PERCENT;
        int delay = random.below(MOST_LATE_MS + 1);
        timestamp = Math.max(FIRST_TIMESTAMP, FIRST_TIMESTAMP + id - (isLate ? delay : 0));
    }

    int id() {
        return id;
    }

    /** Number of the user; `key` is its name. */
    int user() {
        return user;
    }

    /** 0 to 999. */
    int amount() {
        return amount;
    }

    /** Milliseconds since 1970; one more for each event, but some are late. */
    long timestamp() {
        return timestamp;
    }

    String key() {
        return "u" + user;
    }

    String json() {
        return json(timestamp);
    }

    /** As if it had happened at another time. */
    String json(long atTimestamp) {
        return "{\"id\":" + id + ",\"user\":\"u" + user + "\",\"amount\":" + amount + ",\"ts\":" + atTimestamp + "}";
    }
}
