package bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Checks what a program wrote: `--workload W --topic T --count N --users N`. What is right is computed from the generator, never
 * read from the input topic. A missing, extra, doubled or wrong result ends the program with an error; otherwise it prints how many
 * records the output holds.
 */
final class Verify {
    public static void main(String[] arguments) {
        Options options = new Options(arguments);
        Cluster cluster = new Cluster(options.text("bootstrap"));
        String topic = options.text("topic");
        int count = options.number("count");
        long outputRecords = switch (options.text("workload")) {
            case "w1" -> verifyLargeEvents(cluster, topic, count, options.number("users"));
            case "w2" -> verifyTotals(cluster, topic, count, options.number("users"), Grouping.USER);
            case "w3" -> verifyWordCounts(cluster, topic, count);
            case "w4u" -> verifyWindows(cluster, topic, count, options.number("users"), false);
            case "w4c" -> verifyWindows(cluster, topic, count, options.number("users"), true);
            case "w5" -> verifyTotals(cluster, topic, count, options.number("users"), Grouping.AMOUNT);
            default -> throw new IllegalArgumentException("not a workload: " + options.text("workload"));
        };
        Json.print(Map.of("outputRecords", outputRecords));
    }

    /** Every event of at least 500, exactly once. */
    private static long verifyLargeEvents(Cluster cluster, String topic, int count, int users) {
        int[] user = new int[count];
        int[] amount = new int[count];
        long[] timestamp = new long[count];
        BitSet missing = new BitSet(count);
        Events events = new Events(Events.SEED, users);
        for (int i = 0; i < count; i++) {
            events.advance();
            user[i] = events.user();
            amount[i] = events.amount();
            timestamp[i] = events.timestamp();
            if (events.amount() >= 500) missing.set(i);
        }
        long outputRecords = cluster.readCommitted(topic, record -> {
            JsonNode value = Json.parse(record.value());
            int id = Math.toIntExact(Json.number(value, "id"));
            require(id >= 0 && id < count && missing.get(id), "is extra or doubled", record);
            require(("u" + user[id]).equals(record.key()), "has the wrong key", record);
            require(Json.number(value, "cents") == amount[id] * 100L, "has the wrong cents", record);
            require(Json.number(value, "ts") == timestamp[id], "has the wrong ts", record);
            missing.clear(id);
        });
        if (!missing.isEmpty()) {
            throw new IllegalStateException(missing.cardinality() + " events are missing, the first is " + missing.nextSetBit(0));
        }
        return outputRecords;
    }

    /** The last record of every group is exact, and no count repeats or goes back. */
    private static long verifyTotals(Cluster cluster, String topic, int count, int users, Grouping grouping) {
        Map<String, Total> expected = new HashMap<>();
        Events events = new Events(Events.SEED, users);
        for (int i = 0; i < count; i++) {
            events.advance();
            Total one = new Total(1, events.amount(), events.timestamp());
            expected.merge(grouping.key(events), one, Total::plus);
        }
        Map<String, Total> found = new HashMap<>();
        long outputRecords = cluster.readCommitted(topic, record -> {
            JsonNode value = Json.parse(record.value());
            Total total = new Total(Json.number(value, "count"), Json.number(value, "sum"), Json.number(value, "ts"));
            Total before = found.put(record.key(), total);
            require(total.count > (before == null ? 0 : before.count), "does not follow " + before, record);
        });
        requireSame(expected, found);
        return outputRecords;
    }

    /**
     * The last record of every user and window is exact, and no count repeats or goes back. Closing events are not counted.
     *
     * @param onClose whether that last record must be the only one, and windows of closing events, which stay open, have none
     */
    private static long verifyWindows(Cluster cluster, String topic, int count, int users, boolean onClose) {
        Map<UserWindow, Long> expected = new HashMap<>();
        long newest = Long.MIN_VALUE;
        Events events = new Events(Events.SEED, users);
        for (int i = 0; i < count; i++) {
            events.advance();
            newest = Math.max(newest, events.timestamp());
            if (newest - events.timestamp() > TimedEvents.DELAY.toMillis()) {
                throw new IllegalStateException("event " + i + " may be late, so that no output is right or wrong");
            }
            long start = Math.floorDiv(events.timestamp(), TimedEvents.WINDOW.toMillis()) * TimedEvents.WINDOW.toMillis();
            expected.merge(new UserWindow(events.key(), start), 1L, Long::sum);
        }
        Map<UserWindow, Long> found = new HashMap<>();
        long outputRecords = cluster.readCommitted(topic, record -> {
            if (TimedEvents.isClosing(record.key())) {
                require(!onClose, "is of a window that is open", record);
                return;
            }
            JsonNode value = Json.parse(record.value());
            long counted = Json.number(value, "count");
            Long before = found.put(new UserWindow(record.key(), Json.number(value, "start")), counted);
            require(before == null || !onClose, "is the second of its window", record);
            require(counted > (before == null ? 0 : before), "does not follow a count of " + before, record);
        });
        requireSame(expected, found);
        return outputRecords;
    }

    /** The last record of every word is exact, and no count repeats or goes back. */
    private static long verifyWordCounts(Cluster cluster, String topic, int count) {
        Map<String, Long> expected = new HashMap<>();
        Lines lines = new Lines(Lines.SEED);
        for (int i = 0; i < count; i++) {
            lines.advance();
            for (String word : lines.words()) expected.merge(word, 1L, Long::sum);
        }
        Map<String, Long> found = new HashMap<>();
        long outputRecords = cluster.readCommitted(topic, record -> {
            long counted = Long.parseLong(record.value());
            Long before = found.put(record.key(), counted);
            require(before == null || counted > before, "does not follow a count of " + before, record);
        });
        requireSame(expected, found);
        return outputRecords;
    }

    private static <K, V> void requireSame(Map<K, V> expected, Map<K, V> found) {
        expected.forEach((key, right) -> {
            V last = found.get(key);
            if (!right.equals(last)) throw new IllegalStateException(key + " ended with " + last + ", not " + right);
        });
        found.forEach((key, last) -> {
            if (!expected.containsKey(key)) throw new IllegalStateException(key + " is extra, with " + last);
        });
    }

    private static void require(boolean isRight, String fault, ConsumerRecord<String, String> record) {
        if (isRight) return;
        throw new IllegalStateException("the record " + record.key() + " = " + record.value() + " at "
                + record.topic() + "-" + record.partition() + ":" + record.offset() + " " + fault);
    }

    /** What events are grouped by. */
    private enum Grouping {
        USER,
        AMOUNT;

        String key(Events event) {
            return this == USER ? event.key() : Integer.toString(event.amount());
        }
    }

    private record Total(long count, long sum, long newest) {
        Total plus(Total other) {
            return new Total(count + other.count, sum + other.sum, Math.max(newest, other.newest));
        }
    }

    private record UserWindow(String user, long start) {}

    private Verify() {}
}
