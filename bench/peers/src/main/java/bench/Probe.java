package bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Measures how old results are when they arrive: `--workload w1|w2|w5 --input T --output T --rate N --warm-up S --seconds S --users N`. Both
 * topics must be empty.
 *
 * <p>Events are sent at a steady rate and carry the time at which they were due, so that a sender that was held up hides nothing; a
 * consumer of committed records takes the time of arrival less that time. An update that stands for several events counts once, with the
 * newest of them. Events of the warm-up are not counted. A result that is missing at the end is an error.
 */
final class Probe {
    private static final int SEED = 43;
    /** Later than this, a sent event is called late. */
    private static final long LATE_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long PATIENCE_MS = 30_000;

    private final Cluster cluster;
    private final String workload;
    private final Events events;
    private final int rate;
    private final int total;
    private final int warmUpEvents;
    private final Arrivals arrivals;
    private int sentLate;

    private Probe(Options options) {
        cluster = new Cluster(options.text("bootstrap"));
        workload = options.text("workload");
        events = new Events(SEED, options.number("users"));
        rate = options.number("rate");
        warmUpEvents = rate * options.number("warm-up");
        total = warmUpEvents + rate * options.number("seconds");
        arrivals = new Arrivals(workload, total);
    }

    public static void main(String[] arguments) throws Exception {
        Options options = new Options(arguments);
        new Probe(options).run(options.text("input"), options.text("output"));
    }

    private void run(String input, String output) throws Exception {
        CountDownLatch listening = new CountDownLatch(1);
        Thread listener = new Thread(() -> listen(output, listening));
        listener.setDaemon(true);
        listener.start();
        listening.await();
        long expected = send(input);
        long deadline = System.currentTimeMillis() + PATIENCE_MS;
        while (arrivals.eventsSeen() < expected && System.currentTimeMillis() < deadline) Thread.sleep(20);
        if (arrivals.eventsSeen() != expected) {
            throw new IllegalStateException(arrivals.eventsSeen() + " events came through in place of " + expected);
        }
        int[] latencies = arrivals.sortedLatencies();
        if (latencies.length == 0) throw new IllegalStateException("no result came in the counted time");
        Json.print(Map.of(
                "p50Ms", latencies[latencies.length / 2],
                "p99Ms", latencies[(int) Math.ceil(latencies.length * 0.99) - 1],
                "maxMs", latencies[latencies.length - 1],
                "samples", latencies.length,
                "sentLate", sentLate));
    }

    /** Returns how many events must be seen in the output. */
    private long send(String topic) {
        long expected = 0;
        Map<String, Object> settings = Map.of("acks", "all", "linger.ms", "0");
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(cluster.settings(settings), new StringSerializer(), new StringSerializer())) {
            producer.partitionsFor(topic);
            long startNs = System.nanoTime();
            long startMs = System.currentTimeMillis();
            arrivals.countFrom(startMs + warmUpEvents * 1_000L / rate);
            for (int i = 0; i < total; i++) {
                long dueNs = i * 1_000_000_000L / rate;
                waitUntil(startNs + dueNs);
                long dueMs = startMs + dueNs / 1_000_000;
                events.advance();
                if (!workload.equals("w1") || events.amount() >= 500) expected++;
                producer.send(new ProducerRecord<>(topic, null, dueMs, events.key(), events.json(dueMs)));
            }
        }
        return expected;
    }

    private void waitUntil(long dueNs) {
        long ahead = dueNs - System.nanoTime();
        if (ahead < -LATE_NS) sentLate++;
        for (; ahead > 0; ahead = dueNs - System.nanoTime()) LockSupport.parkNanos(ahead);
    }

    private void listen(String topic, CountDownLatch listening) {
        try (KafkaConsumer<String, String> consumer = cluster.committedRecords(topic)) {
            consumer.poll(Duration.ZERO);
            listening.countDown();
            for (;;) {
                ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(100));
                arrivals.add(records, System.currentTimeMillis());
            }
        } catch (RuntimeException error) {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    /** What has come out, written by the listener and read by the sender. */
    private static final class Arrivals {
        private final boolean isTotals;
        private final int[] latencies;
        private final Map<String, Long> lastCounts = new HashMap<>();
        private int samples;
        private long seen;
        private long countedFrom = Long.MAX_VALUE;

        Arrivals(String workload, int most) {
            isTotals = !workload.equals("w1");
            latencies = new int[most];
        }

        synchronized void countFrom(long timestamp) {
            countedFrom = timestamp;
        }

        synchronized void add(ConsumerRecords<String, String> records, long now) {
            for (ConsumerRecord<String, String> record : records) {
                JsonNode value = Json.parse(record.value());
                seen += isTotals ? newEvents(record.key(), Json.number(value, "count")) : 1;
                long due = Json.number(value, "ts");
                if (due >= countedFrom) latencies[samples++] = (int) (now - due);
            }
        }

        /** A total stands for all events of its group so far. */
        private long newEvents(String group, long count) {
            Long before = lastCounts.put(group, count);
            return before == null ? count : count - before;
        }

        synchronized long eventsSeen() {
            return seen;
        }

        synchronized int[] sortedLatencies() {
            int[] sorted = Arrays.copyOf(latencies, samples);
            Arrays.sort(sorted);
            return sorted;
        }
    }
}
