/** A part of the generated code that every network shares: emitted where something needs it. */
export interface Piece {
  readonly needs: readonly string[];
  readonly text: string;
}

/** The named pieces and what they need, each once, in the order of the table. */
export function piecesFor(table: Readonly<Record<string, Piece>>, names: Iterable<string>): readonly string[] {
  const wanted = new Set<string>();
  const want = (name: string): void => {
    if (wanted.has(name)) return;
    const piece = table[name];
    if (!piece) throw new Error(`There is no piece of C code named "${name}".`);
    wanted.add(name);
    piece.needs.forEach(want);
  };
  for (const name of names) want(name);
  return Object.keys(table).filter((name) => wanted.has(name));
}
