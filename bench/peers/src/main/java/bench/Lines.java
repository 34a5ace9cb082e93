package bench;

import java.util.Arrays;
import java.util.stream.IntStream;

/** The sequence of lines, one of which is current: 8 to 12 words each, of 20,000 words whose frequencies follow Zipf's law. */
final class Lines {
    static final int SEED = 42;

    private static final int VOCABULARY = 20_000;
    private static final String CONSONANTS = "bcdfghjklmnprstv";
    private static final String VOWELS = "aeiou";
    private static final int SYLLABLES = CONSONANTS.length() * VOWELS.length();

    private static final String[] WORDS =
            IntStream.range(0, VOCABULARY).mapToObj(Lines::spell).toArray(String[]::new);
    /** For each rank, how likely a word of that rank or a more frequent one is. */
    private static final double[] CUMULATIVE = cumulativeZipf();

    private final Mulberry32 random;
    private String[] words = {};

    Lines(int seed) {
        this.random = new Mulberry32(seed);
    }

    /** Makes the next line the current one. */
    void advance() {
        words = new String[8 + random.below(5)];
        for (int i = 0; i < words.length; i++) words[i] = WORDS[rankAt(random.fraction())];
    }

    String[] words() {
        return words;
    }

    String text() {
        return String.join(" ", words);
    }

    private static int rankAt(double fraction) {
        int found = Arrays.binarySearch(CUMULATIVE, fraction);
        return Math.min(VOCABULARY - 1, found >= 0 ? found : ~found);
    }

    private static double[] cumulativeZipf() {
        double[] sums = new double[VOCABULARY];
        double sum = 0;
        for (int rank = 0; rank < VOCABULARY; rank++) {
            sum += 1.0 / (rank + 1);
            sums[rank] = sum;
        }
        for (int rank = 0; rank < VOCABULARY; rank++) sums[rank] /= sum;
        return sums;
    }

    /** The rank in syllables, the least significant first, at least two. */
    private static String spell(int rank) {
        StringBuilder word = new StringBuilder();
        int rest = rank;
        do {
            int syllable = rest % SYLLABLES;
            word.append(CONSONANTS.charAt(syllable / VOWELS.length()));
            word.append(VOWELS.charAt(syllable % VOWELS.length()));
            rest /= SYLLABLES;
        } while (rest > 0 || word.length() < 4);
        return word.toString();
    }
}
