/**
 * A sketch of how many different values there were (HyperLogLog): one byte for each of 2^precision registers, which holds the longest run
 * of zero bits seen in the hashes that fall to it. Estimated as in Ertl, "New cardinality estimation algorithms for HyperLogLog sketches"
 * (2017), which needs no tables of corrections.
 */
export type Sketch = Uint8Array;

export const emptySketch = (precision: number): Sketch => new Uint8Array(1 << precision);

/** Bits of the hash that registers count runs in. */
const RUN_BITS = 32;

/** The sketch with a value's canonical key; itself where that changes nothing. */
export function withKey(sketch: Sketch, key: string): Sketch {
  const register = hash(key, 0x9747b28c) & (sketch.length - 1);
  const run = Math.clz32(hash(key, 0x3c6ef372)) + 1;
  if (sketch[register] >= run) return sketch;
  const next = sketch.slice();
  next[register] = run;
  return next;
}

/** The sketch of what either has seen. */
export const union = (a: Sketch, b: Sketch): Sketch => a.map((run, i) => Math.max(run, b[i]));

/** How many different values the sketch has seen, about. */
export function estimate(sketch: Sketch): number {
  const registers = sketch.length;
  const having = new Array<number>(RUN_BITS + 2).fill(0);
  for (const run of sketch) having[run]++;
  let z = registers * tau(1 - having[RUN_BITS + 1] / registers);
  for (let run = RUN_BITS; run >= 1; run--) z = 0.5 * (z + having[run]);
  z += registers * sigma(having[0] / registers);
  return Math.round((registers * registers) / (2 * Math.LN2 * z));
}

/** x + 1·x² + 2·x⁴ + 4·x⁸ + … */
function sigma(x: number): number {
  let [sum, power, factor, before] = [x, x, 1, -1];
  if (x === 1) return Infinity;
  while (sum !== before) {
    before = sum;
    power *= power;
    sum += power * factor;
    factor *= 2;
  }
  return sum;
}

/** ⅓ · (1 − x − ½·(1 − √x)² − ¼·(1 − ⁴√x)² − …) */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let [sum, root, factor, before] = [1 - x, x, 1, -1];
  while (sum !== before) {
    before = sum;
    root = Math.sqrt(root);
    factor *= 0.5;
    sum -= (1 - root) ** 2 * factor;
  }
  return sum / 3;
}

/** 32 well mixed bits of a text. */
function hash(text: string, seed: number): number {
  let h = seed;
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x85ebca6b);
    h ^= h >>> 15;
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
