import type { Variant } from '../../../core/project/schema.ts';

export interface TreeRow {
  readonly id: string;
  readonly depth: number;
  /** For each ancestor level: the line of that level goes on below this row. */
  readonly continues: readonly boolean[];
  readonly hasChildren: boolean;
}

/** Variants under their parents, in the order of creation. One whose parent is gone stands at the top. */
export function treeRows(variants: Readonly<Record<string, Variant>>, order: readonly string[]): readonly TreeRow[] {
  const rows: TreeRow[] = [];
  const childrenOf = (parent: string | null) =>
    order.filter((id) => {
      const own = variants[id].parent;
      return parent === null ? own === null || !variants[own] : own === parent;
    });
  const walk = (parent: string | null, depth: number, continues: readonly boolean[]): void => {
    const children = childrenOf(parent);
    children.forEach((id, index) => {
      const goesOn = [...continues, index < children.length - 1];
      rows.push({ id, depth, continues: goesOn, hasChildren: childrenOf(id).length > 0 });
      walk(id, depth + 1, goesOn);
    });
  };
  walk(null, 0, []);
  return rows;
}

/** Pixels from one level to the next, and to the first. */
const INDENT = 14;
const FIRST = 10;
const ROW_HEIGHT = 40;
const MIDDLE = ROW_HEIGHT / 2;

export function levelX(depth: number): number {
  return FIRST + depth * INDENT;
}

/** Path of the lines beside a row: upright ones of the levels above, the bend to this one, and its own downwards. */
export function railPath(row: TreeRow): string {
  const parts: string[] = [];
  for (let level = 0; level < row.depth - 1; level++) if (row.continues[level + 1]) parts.push(`M${levelX(level)} 0V${ROW_HEIGHT}`);
  if (row.depth > 0) {
    const x = levelX(row.depth - 1);
    const below = row.continues[row.depth] ? ROW_HEIGHT : MIDDLE - 6;
    parts.push(`M${x} 0V${below}`, `M${x} ${MIDDLE - 6}a6 6 0 0 0 6 6h4`);
  }
  if (row.hasChildren) parts.push(`M${levelX(row.depth)} ${MIDDLE}V${ROW_HEIGHT}`);
  return parts.join('');
}
