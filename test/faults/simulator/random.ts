/** Numbers in [0, 1). */
export type Random = () => number;

/**
 * A stream of random numbers of its own for everything that draws some: the same ones for the same seed and name, whatever others draw.
 * So a run that leaves a step out goes on much as the run with it did.
 */
export function stream(seed: number, name: string): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 0;
  for (let i = 0; i < name.length; i++) state = Math.imul(state ^ name.charCodeAt(i), 0x85ebca6b) ^ (state >>> 13);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number from 0 to `count` - 1. */
export const below = (random: Random, count: number): number => Math.floor(random() * count);

export const oneOf = <T>(random: Random, choices: readonly T[]): T => choices[below(random, choices.length)];

/** One of the choices, each as often as its weight says. */
export function weighted<T>(random: Random, choices: readonly (readonly [weight: number, choice: T])[]): T {
  let left = random() * choices.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, choice] of choices) {
    left -= weight;
    if (left < 0) return choice;
  }
  return choices[choices.length - 1][1];
}
