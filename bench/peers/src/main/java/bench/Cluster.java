package bench;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** The brokers of the benchmark. */
record Cluster(String bootstrap) {
    /** Settings of a client. */
    Properties settings(Map<String, Object> more) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", bootstrap);
        settings.putAll(more);
        return settings;
    }

    Admin admin() {
        return Admin.create(settings(Map.of()));
    }

    /** Event times are years ago: with a retention the broker would delete segments under the reader. */
    void createTopic(String name, int partitions) throws ExecutionException, InterruptedException {
        NewTopic topic = new NewTopic(name, partitions, (short) 1).configs(Map.of("retention.ms", "-1"));
        try (Admin admin = admin()) {
            admin.createTopics(List.of(topic)).all().get();
        }
    }

    List<TopicPartition> partitions(Admin admin, String topic) throws ExecutionException, InterruptedException {
        return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().stream()
                .map(partition -> new TopicPartition(topic, partition.partition()))
                .toList();
    }

    /** Where the next record will go, of every partition. */
    Map<TopicPartition, Long> ends(Admin admin, String topic) throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> questions = new HashMap<>();
        for (TopicPartition partition : partitions(admin, topic)) questions.put(partition, OffsetSpec.latest());
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(questions).all().get().forEach((partition, found) -> ends.put(partition, found.offset()));
        return ends;
    }

    /** A consumer of texts that sees committed records only and stands at the beginning of the topic. */
    KafkaConsumer<String, String> committedRecords(String topic) {
        KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                settings(Map.of(
                        "isolation.level", "read_committed",
                        "enable.auto.commit", "false",
                        "max.poll.records", "5000",
                        "max.partition.fetch.bytes", "8388608")),
                new StringDeserializer(),
                new StringDeserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        return consumer;
    }

    /** Hands over all committed records that the topic holds now, each partition in order. Returns how many. */
    long readCommitted(String topic, Consumer<ConsumerRecord<String, String>> reader) {
        try (KafkaConsumer<String, String> consumer = committedRecords(topic)) {
            Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
            long count = 0;
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    reader.accept(record);
                    count++;
                }
            }
            return count;
        }
    }
}
