package bench;

/**
 * The mulberry32 generator: 32-bit integer arithmetic only, so that a program in any language can draw the same numbers from the same
 * seed.
 */
final class Mulberry32 {
    private int state;

    Mulberry32(int seed) {
        state = seed;
    }

    /** 0 to bound - 1. */
    int below(int bound) {
        return (int) (nextUnsigned() * bound >>> 32);
    }

    /** 0 up to, not including, 1. */
    double fraction() {
        return nextUnsigned() / 0x1p32;
    }

    private long nextUnsigned() {
        state += 0x6D2B79F5;
        int mixed = (state ^ state >>> 15) * (1 | state);
        mixed ^= mixed + (mixed ^ mixed >>> 7) * (61 | mixed);
        return Integer.toUnsignedLong(mixed ^ mixed >>> 14);
    }
}
