/**
 * The shortest list it can find that still fails, by leaving out ever smaller stretches of it (ddmin). What is left fails, and mostly does
 * not if any one item more is left out.
 * @param fails whether a shorter list still fails
 * @param budget most lists that are tried
 */
export async function shrink<T>(
  items: readonly T[],
  fails: (shorter: readonly T[]) => Promise<boolean>,
  budget: number,
): Promise<readonly T[]> {
  let shortest = items;
  let tries = 0;
  let size = Math.ceil(items.length / 2);
  while (size >= 1 && tries < budget) {
    let shortened = false;
    for (let from = 0; from < shortest.length && tries < budget;) {
      const shorter = [...shortest.slice(0, from), ...shortest.slice(from + size)];
      tries++;
      if (await fails(shorter)) {
        shortest = shorter;
        shortened = true;
      } else {
        from += size;
      }
    }
    if (size === 1 && !shortened) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return shortest;
}
