package bench;

import java.util.HashMap;
import java.util.Map;

/** The options of a command line, all of the form `--name value`. */
final class Options {
    private final Map<String, String> values = new HashMap<>();

    Options(String[] arguments) {
        if (arguments.length % 2 != 0) throw new IllegalArgumentException("every option takes a value");
        for (int i = 0; i < arguments.length; i += 2) {
            if (!arguments[i].startsWith("--")) throw new IllegalArgumentException("not an option: " + arguments[i]);
            values.put(arguments[i].substring(2), arguments[i + 1]);
        }
    }

    String text(String name) {
        String value = values.get(name);
        if (value == null) throw new IllegalArgumentException("--" + name + " is missing");
        return value;
    }

    int number(String name) {
        return Integer.parseInt(text(name));
    }
}
