/** Stands for any characters, none included. */
const ANY = '*';

/**
 * Does the whole name match a pattern in which `*` stands for any characters? Everything else means itself. Takes time in
 * proportion to the two lengths multiplied at worst, whatever the pattern: only the last `*` is ever tried again.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  let [at, position] = [0, 0];
  let [star, resumeAt] = [-1, 0];
  while (position < name.length) {
    if (pattern[at] === ANY) {
      star = at++;
      resumeAt = position;
    } else if (at < pattern.length && pattern[at] === name[position]) {
      at++;
      position++;
    } else if (star >= 0) {
      at = star + 1;
      position = ++resumeAt;
    } else return false;
  }
  while (pattern[at] === ANY) at++;
  return at === pattern.length;
}

/** Names are rarely deeper; longer ones give patterns of their first numbers only. */
const MOST_NUMBERS = 6;

/**
 * Patterns that a name suggests, the narrowest first: one of its numbers left open, all of them, and its beginnings up to
 * each separator. The name itself is none of them.
 */
export function patternsOf(name: string): readonly string[] {
  // A star in a name would be read as "anything"; such a name suggests nothing that is surely right.
  if (name.includes(ANY)) return [];
  const parts = name.split(/(\d+)/);
  const numbers = parts.flatMap((_, index) => (index % 2 === 1 ? [index] : [])).slice(0, MOST_NUMBERS);
  const open = (opened: readonly number[]): string => parts.map((part, index) => (opened.includes(index) ? ANY : part)).join('');
  const separators = [...name.matchAll(/[./_:-]/g)].map(({ index }) => index).filter((index) => index > 0 && index < name.length - 1);
  const beginnings = separators.toReversed().map((index) => name.slice(0, index + 1) + ANY);
  const patterns = [...numbers.toReversed().map((index) => open([index])), open(numbers), ...beginnings];
  return [...new Set(patterns)].filter((pattern) => pattern !== name && pattern !== ANY);
}
