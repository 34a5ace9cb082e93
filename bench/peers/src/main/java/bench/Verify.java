package bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Checks what a program wrote: `--workload w1|w2|w3 --topic T --count N --users N`. What is right is computed from the generator, never
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
            case "w2" -> verifyTotals(cluster, topic, count, options.number("users"));
            case "w3" -> verifyWordCounts(cluster, topic, count);
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

    /** The last record of every user is exact, and no count repeats or goes back. */
    private static long verifyTotals(Cluster cluster, String topic, int count, int users) {
        Totals expected = new Totals(users);
        Events events = new Events(Events.SEED, users);
        for (int i = 0; i < count; i++) {
            events.advance();
            int user = events.user();
            expected.put(
                    user,
                    expected.count[user] + 1,
                    expected.sum[user] + events.amount(),
                    Math.max(expected.newest[user], events.timestamp()));
        }
        Totals found = new Totals(users);
        long outputRecords = cluster.readCommitted(topic, record -> {
            int user = Integer.parseInt(record.key().substring(1));
            JsonNode value = Json.parse(record.value());
            long counted = Json.number(value, "count");
            require(counted > found.count[user], "does not follow a count of " + found.count[user], record);
            found.put(user, counted, Json.number(value, "sum"), Json.number(value, "ts"));
        });
        for (int user = 0; user < users; user++) {
            if (!found.at(user).equals(expected.at(user))) {
                throw new IllegalStateException("u" + user + " ended with " + found.at(user) + ", not " + expected.at(user));
            }
        }
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
        if (found.size() != expected.size()) {
            throw new IllegalStateException(found.size() + " words came out, not " + expected.size());
        }
        expected.forEach((word, counted) -> {
            if (!counted.equals(found.get(word))) {
                throw new IllegalStateException(word + " ended with " + found.get(word) + ", not " + counted);
            }
        });
        return outputRecords;
    }

    private static void require(boolean isRight, String fault, ConsumerRecord<String, String> record) {
        if (isRight) return;
        throw new IllegalStateException("the record " + record.key() + " = " + record.value() + " at "
                + record.topic() + "-" + record.partition() + ":" + record.offset() + " " + fault);
    }

    /** One row a user. */
    private static final class Totals {
        final long[] count;
        final long[] sum;
        final long[] newest;

        Totals(int users) {
            count = new long[users];
            sum = new long[users];
            newest = new long[users];
        }

        void put(int user, long newCount, long newSum, long newNewest) {
            count[user] = newCount;
            sum[user] = newSum;
            newest[user] = newNewest;
        }

        String at(int user) {
            return Arrays.toString(new long[] {count[user], sum[user], newest[user]});
        }
    }

    private Verify() {}
}
