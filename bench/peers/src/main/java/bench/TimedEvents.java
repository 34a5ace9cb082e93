package bench;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.utils.Utils;

/** The events for windows: the same purchases, their `ts` an ISO 8601 text, and behind them closing events. */
final class TimedEvents {
    static final Duration WINDOW = Duration.ofSeconds(10);
    /** How far behind the newest event of its partition an event may be. */
    static final Duration DELAY = Duration.ofSeconds(2);

    private static final String CLOSING = "closing-";
    private static final Duration CLOSING_AFTER = Duration.ofHours(1);

    static String json(Events event) {
        return json(event.id(), event.key(), event.amount(), event.timestamp());
    }

    /** Whether it is the key of a closing event. */
    static boolean isClosing(String key) {
        return key.startsWith(CLOSING);
    }

    /**
     * One key for each partition, in the order of the partitions: an event with it, long after all others, closes all of their windows.
     * The key belongs to its partition by the usual hash, as those of all other events do.
     */
    static List<String> closingKeys(int partitions) {
        return IntStream.range(0, partitions)
                .mapToObj(partition -> IntStream.iterate(0, i -> i + 1)
                        .mapToObj(i -> CLOSING + i)
                        .filter(key -> partitionOf(key, partitions) == partition)
                        .findFirst()
                        .orElseThrow())
                .toList();
    }

    /** The closing event behind the last of the others. */
    static String closingJson(String key, Events last) {
        return json(last.id() + 1, key, 0, last.timestamp() + CLOSING_AFTER.toMillis());
    }

    private static String json(int id, String user, int amount, long timestamp) {
        return "{\"id\":" + id + ",\"user\":\"" + user + "\",\"amount\":" + amount + ",\"ts\":\"" + Instant.ofEpochMilli(timestamp)
                + "\"}";
    }

    private static int partitionOf(String key, int partitions) {
        return Utils.toPositive(Utils.murmur2(key.getBytes(StandardCharsets.UTF_8))) % partitions;
    }

    private TimedEvents() {}
}
