const MODULUS = 2_147_483_647;

/** Numbers in [0, 1), the same ones for the same seed (a whole number). */
export function seededRandom(seed: number): () => number {
  let state = 1 + ((((seed * 7_919) % (MODULUS - 1)) + (MODULUS - 1)) % (MODULUS - 1));
  const next = (): number => (state = (state * 48_271) % MODULUS) / MODULUS;
  // The first numbers of neighbouring seeds are alike.
  for (let i = 0; i < 8; i++) next();
  return next;
}
