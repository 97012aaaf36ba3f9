import { titleOf, type Command } from './command.ts';

export interface FoundCommand {
  readonly command: Command;
  /** The title cut where the query matches. */
  readonly parts: readonly { readonly text: string; readonly hit: boolean }[];
}

/** Commands whose title has every word of the query at the beginning of a word; earlier matches first. */
export function searchCommands(commands: readonly Command[], query: string): readonly FoundCommand[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return commands
    .map((command, order) => ({ command, order, match: matchTitle(titleOf(command), words) }))
    .filter((found): found is typeof found & { match: NonNullable<typeof found.match> } => found.match !== null)
    .sort((a, b) => Number(b.command.enabled() === true) - Number(a.command.enabled() === true) || a.match.score - b.match.score || a.order - b.order)
    .map(({ command, match }) => ({ command, parts: match.parts }));
}

function matchTitle(title: string, words: readonly string[]): { readonly score: number; readonly parts: FoundCommand['parts'] } | null {
  const lower = title.toLowerCase();
  const hits: [start: number, end: number][] = [];
  let score = 0;
  for (const word of words) {
    const start = wordStart(lower, word);
    if (start < 0) return null;
    hits.push([start, start + word.length]);
    score += start;
  }
  return { score, parts: cut(title, hits) };
}

function wordStart(text: string, word: string): number {
  for (let start = text.indexOf(word); start >= 0; start = text.indexOf(word, start + 1)) {
    if (start === 0 || /[^\p{L}\p{N}]/u.test(text[start - 1])) return start;
  }
  return -1;
}

function cut(title: string, hits: readonly (readonly [number, number])[]): FoundCommand['parts'] {
  const parts: { text: string; hit: boolean }[] = [];
  let position = 0;
  for (const [start, end] of [...hits].sort((a, b) => a[0] - b[0])) {
    if (start > position) parts.push({ text: title.slice(position, start), hit: false });
    if (end > Math.max(start, position)) parts.push({ text: title.slice(Math.max(start, position), end), hit: true });
    position = Math.max(position, end);
  }
  if (position < title.length) parts.push({ text: title.slice(position), hit: false });
  return parts;
}
