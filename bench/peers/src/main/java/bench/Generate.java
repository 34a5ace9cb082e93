package bench;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Creates and fills an input topic: `--kind events|timed-events|lines --topic T --partitions N --count N --users N`. Timed events are
 * followed by a closing one in each partition, which `count` does not count.
 */
final class Generate {
    public static void main(String[] arguments) throws Exception {
        Options options = new Options(arguments);
        Cluster cluster = new Cluster(options.text("bootstrap"));
        String topic = options.text("topic");
        int partitions = options.number("partitions");
        int count = options.number("count");
        cluster.createTopic(topic, partitions);
        int closing = 0;
        Map<String, Object> settings = Map.of("acks", "all", "linger.ms", "20", "batch.size", "262144");
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(cluster.settings(settings), new StringSerializer(), new StringSerializer())) {
            switch (options.text("kind")) {
                case "events" -> sendEvents(producer, topic, count, options.number("users"));
                case "timed-events" -> closing = sendTimedEvents(producer, topic, count, options.number("users"), partitions);
                case "lines" -> sendLines(producer, topic, count, partitions);
                default -> throw new IllegalArgumentException("not a kind of data: " + options.text("kind"));
            }
        }
        try (Admin admin = cluster.admin()) {
            long held = cluster.ends(admin, topic).values().stream().mapToLong(Long::longValue).sum();
            long sent = count + closing;
            if (held != sent) throw new IllegalStateException(topic + " holds " + held + " records in place of " + sent);
        }
    }

    private static void sendEvents(KafkaProducer<String, String> producer, String topic, int count, int users) {
        Events events = new Events(Events.SEED, users);
        for (int i = 0; i < count; i++) {
            events.advance();
            producer.send(new ProducerRecord<>(topic, events.key(), events.json()));
        }
    }

    /** Returns the number of closing events. */
    private static int sendTimedEvents(
            KafkaProducer<String, String> producer, String topic, int count, int users, int partitions) {
        Events events = new Events(Events.SEED, users);
        for (int i = 0; i < count; i++) {
            events.advance();
            producer.send(new ProducerRecord<>(topic, events.key(), TimedEvents.json(events)));
        }
        List<String> closingKeys = TimedEvents.closingKeys(partitions);
        for (String key : closingKeys) producer.send(new ProducerRecord<>(topic, key, TimedEvents.closingJson(key, events)));
        return closingKeys.size();
    }

    private static void sendLines(KafkaProducer<String, String> producer, String topic, int count, int partitions) {
        Lines lines = new Lines(Lines.SEED);
        for (int i = 0; i < count; i++) {
            lines.advance();
            producer.send(new ProducerRecord<>(topic, i % partitions, null, lines.text()));
        }
    }

    private Generate() {}
}
