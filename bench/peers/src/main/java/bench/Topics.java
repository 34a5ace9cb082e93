package bench;

import java.util.List;
import org.apache.kafka.clients.admin.Admin;

/** `create --topic T --partitions N`, or `delete --prefix P`: all topics whose names begin with P. */
final class Topics {
    public static void main(String[] arguments) throws Exception {
        Options options = new Options(List.of(arguments).subList(1, arguments.length).toArray(String[]::new));
        Cluster cluster = new Cluster(options.text("bootstrap"));
        switch (arguments[0]) {
            case "create" -> cluster.createTopic(options.text("topic"), options.number("partitions"));
            case "delete" -> delete(cluster, options.text("prefix"));
            default -> throw new IllegalArgumentException("not a command: " + arguments[0]);
        }
    }

    private static void delete(Cluster cluster, String prefix) throws Exception {
        try (Admin admin = cluster.admin()) {
            admin.deleteTopics(admin.listTopics().names().get().stream()
                            .filter(name -> name.startsWith(prefix))
                            .toList())
                    .all()
                    .get();
        }
    }

    private Topics() {}
}
