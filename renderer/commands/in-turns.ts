/** Files that are read at a time: folders of images have thousands. */
const AT_ONCE = 64;

/** The results in the order of the items. */
export async function inTurns<T, R>(items: readonly T[], make: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let first = 0; first < items.length; first += AT_ONCE) results.push(...(await Promise.all(items.slice(first, first + AT_ONCE).map(make))));
  return results;
}
