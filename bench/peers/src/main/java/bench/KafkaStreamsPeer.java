package bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Arrays;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.Suppressed.BufferConfig;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Window;
import org.apache.kafka.streams.kstream.Windowed;

/** The workloads as a user of Kafka Streams would write them: the DSL, JSON by Jackson into plain classes. */
final class KafkaStreamsPeer {
    public static final class Event {
        public int id;
        public String user;
        public int amount;
        public long ts;
    }

    public static final class LargeEvent {
        public int id;
        public long cents;
        public long ts;
    }

    public static final class Total {
        public long count;
        public long sum;
        public long ts;
    }

    public static final class TimedEvent {
        public int id;
        public String user;
        public int amount;
        public String ts;
    }

    public static final class WindowCount {
        public long start;
        public long count;
    }

    static Topology topology(String workload, String input, String output) {
        StreamsBuilder builder = new StreamsBuilder();
        switch (workload) {
            case "w1" -> keepLargeEvents(builder, input, output);
            case "w2" -> totalPerUser(builder, input, output);
            case "w3" -> countWords(builder, input, output);
            case "w4u" -> countPerWindow(builder, input, output, false);
            case "w4c" -> countPerWindow(builder, input, output, true);
            case "w5" -> totalPerAmount(builder, input, output);
            default -> throw new IllegalArgumentException("not a workload: " + workload);
        }
        return builder.build();
    }

    private static void keepLargeEvents(StreamsBuilder builder, String input, String output) {
        builder.stream(input, events())
                .filter((user, event) -> event.amount >= 500)
                .mapValues(KafkaStreamsPeer::withCents)
                .to(output, Produced.with(Serdes.String(), json(LargeEvent.class)));
    }

    private static void totalPerUser(StreamsBuilder builder, String input, String output) {
        Serde<Total> totals = json(Total.class);
        builder.stream(input, events())
                .groupByKey(Grouped.with(Serdes.String(), json(Event.class)))
                .aggregate(Total::new, (user, event, total) -> add(event, total), Materialized.with(Serdes.String(), totals))
                .toStream()
                .to(output, Produced.with(Serdes.String(), totals));
    }

    private static void countWords(StreamsBuilder builder, String input, String output) {
        Serde<String> texts = Serdes.String();
        builder.stream(input, Consumed.with(texts, texts))
                .flatMapValues(line -> Arrays.asList(line.split(" ")))
                .groupBy((key, word) -> word, Grouped.with(texts, texts))
                .count(Materialized.with(texts, Serdes.Long()))
                .toStream()
                .mapValues(count -> Long.toString(count))
                .to(output, Produced.with(texts, texts));
    }

    private static void countPerWindow(StreamsBuilder builder, String input, String output, boolean onClose) {
        KTable<Windowed<String>, Long> counts = builder.stream(input, timedEvents())
                .groupByKey(Grouped.with(Serdes.String(), json(TimedEvent.class)))
                .windowedBy(TimeWindows.ofSizeAndGrace(TimedEvents.WINDOW, TimedEvents.DELAY))
                .count(Materialized.with(Serdes.String(), Serdes.Long()));
        KTable<Windowed<String>, Long> emitted =
                onClose ? counts.suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded())) : counts;
        emitted.toStream()
                .map((windowed, count) -> KeyValue.pair(windowed.key(), windowCount(windowed.window(), count)))
                .to(output, Produced.with(Serdes.String(), json(WindowCount.class)));
    }

    private static void totalPerAmount(StreamsBuilder builder, String input, String output) {
        Serde<Total> totals = json(Total.class);
        builder.stream(input, events())
                .groupBy((user, event) -> Integer.toString(event.amount), Grouped.with(Serdes.String(), json(Event.class)))
                .aggregate(Total::new, (amount, event, total) -> add(event, total), Materialized.with(Serdes.String(), totals))
                .toStream()
                .to(output, Produced.with(Serdes.String(), totals));
    }

    private static Consumed<String, Event> events() {
        return Consumed.with(Serdes.String(), json(Event.class))
                .withTimestampExtractor((record, before) -> ((Event) record.value()).ts);
    }

    private static Consumed<String, TimedEvent> timedEvents() {
        return Consumed.with(Serdes.String(), json(TimedEvent.class))
                .withTimestampExtractor((record, before) -> Instant.parse(((TimedEvent) record.value()).ts).toEpochMilli());
    }

    private static LargeEvent withCents(Event event) {
        LargeEvent large = new LargeEvent();
        large.id = event.id;
        large.cents = event.amount * 100L;
        large.ts = event.ts;
        return large;
    }

    private static WindowCount windowCount(Window window, long count) {
        WindowCount result = new WindowCount();
        result.start = window.start();
        result.count = count;
        return result;
    }

    private static Total add(Event event, Total total) {
        total.count++;
        total.sum += event.amount;
        total.ts = Math.max(total.ts, event.ts);
        return total;
    }

    private static <T> Serde<T> json(Class<T> type) {
        ObjectMapper mapper = new ObjectMapper();
        ObjectWriter writer = mapper.writerFor(type);
        ObjectReader reader = mapper.readerFor(type);
        return Serdes.serdeFrom(
                (topic, value) -> {
                    try {
                        return value == null ? null : writer.writeValueAsBytes(value);
                    } catch (IOException error) {
                        throw new UncheckedIOException(error);
                    }
                },
                (topic, bytes) -> {
                    try {
                        return bytes == null ? null : reader.readValue(bytes);
                    } catch (IOException error) {
                        throw new UncheckedIOException(error);
                    }
                });
    }

    private KafkaStreamsPeer() {}
}
