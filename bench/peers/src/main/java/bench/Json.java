package bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import java.util.Map;

/** JSON texts, with the exceptions unchecked. */
final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    static JsonNode parse(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** The number that a field holds; anything else, and a missing field, is an error. */
    static long number(JsonNode object, String field) {
        JsonNode value = object.get(field);
        if (value == null || !value.isIntegralNumber()) throw new IllegalStateException(field + " is no whole number in " + object);
        return value.longValue();
    }

    /** Prints the one line in which a program of the benchmark gives its result. */
    static void print(Map<String, ?> result) {
        try {
            System.out.println(MAPPER.writeValueAsString(result));
        } catch (JsonProcessingException error) {
            throw new UncheckedIOException(error);
        }
    }

    private Json() {}
}
