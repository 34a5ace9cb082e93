package bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/**
 * Runs the Kafka Streams program: `--workload W --input T --output T --application A --state DIR --until committed|stopped`.
 *
 * <p>`committed`: ends by itself when all of the input, and of the repartition topic if there is one, is processed and committed, and
 * prints seconds from the start call to then, with the CPU time and the peak memory of the whole process. `stopped`: prints a line when
 * it is running, and goes on until it is told to stop.
 */
final class RunKafkaStreams {
    private static final Duration POLL = Duration.ofMillis(20);

    private final Cluster cluster;
    private final String application;
    private final String input;
    private final KafkaStreams streams;
    private final CountDownLatch running = new CountDownLatch(1);

    private RunKafkaStreams(Options options) {
        cluster = new Cluster(options.text("bootstrap"));
        application = options.text("application");
        input = options.text("input");
        Properties settings = cluster.settings(Map.of(
                "application.id", application,
                "processing.guarantee", "exactly_once_v2",
                "commit.interval.ms", "100",
                "num.stream.threads", "1",
                "auto.offset.reset", "earliest",
                "state.dir", options.text("state")));
        streams = new KafkaStreams(KafkaStreamsPeer.topology(options.text("workload"), input, options.text("output")), settings);
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.RUNNING) running.countDown();
        });
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            // Not exit: it would wait for hooks that wait for the thread we are on.
            Runtime.getRuntime().halt(1);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    }

    public static void main(String[] arguments) throws Exception {
        Options options = new Options(arguments);
        RunKafkaStreams run = new RunKafkaStreams(options);
        if (options.text("until").equals("committed")) run.untilCommitted();
        else run.untilStopped();
    }

    private void untilCommitted() throws Exception {
        long startedAt = System.nanoTime();
        streams.start();
        try (Admin admin = cluster.admin()) {
            untilPassed(admin, input, 0);
            String repartition = repartitionTopic(admin);
            // Its last offset is the marker that ends a transaction, which need not be committed.
            if (repartition != null) untilPassed(admin, repartition, 1);
        }
        double seconds = (System.nanoTime() - startedAt) / 1e9;
        streams.close(Duration.ofSeconds(30));
        Json.print(Map.of("seconds", seconds, "cpuSeconds", cpuSeconds(), "peakMemoryBytes", peakMemoryBytes()));
    }

    private void untilStopped() throws Exception {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            Json.print(Map.of("cpuSeconds", cpuSeconds(), "peakMemoryBytes", peakMemoryBytes()));
            streams.close(Duration.ofSeconds(20));
        }));
        streams.start();
        running.await();
        Json.print(Map.of("running", true));
        new CountDownLatch(1).await();
    }

    /** Waits until the application has committed what the topic holds now, less a few offsets at the end of each partition. */
    private void untilPassed(Admin admin, String topic, long slack) throws Exception {
        Map<TopicPartition, Long> ends = cluster.ends(admin, topic);
        for (;;) {
            Map<TopicPartition, OffsetAndMetadata> committed =
                    admin.listConsumerGroupOffsets(application).partitionsToOffsetAndMetadata().get();
            boolean isPassed = ends.entrySet().stream().allMatch(end -> {
                OffsetAndMetadata offset = committed.get(end.getKey());
                return end.getValue() <= slack || offset != null && offset.offset() >= end.getValue() - slack;
            });
            if (isPassed) return;
            Thread.sleep(POLL.toMillis());
        }
    }

    /** Null when the topology has none. */
    private String repartitionTopic(Admin admin) throws Exception {
        return admin.listTopics().names().get().stream()
                .filter(name -> name.startsWith(application) && name.endsWith("-repartition"))
                .findFirst()
                .orElse(null);
    }

    /** Of this process since it began. */
    private static double cpuSeconds() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
    }

    private static long peakMemoryBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
