import { useState } from 'react';
import type { KeyboardEvent } from 'react';
import { classes } from '../../ui/classes.ts';
import { levelX, railPath, type TreeRow } from './tree.ts';

export interface TreeItem {
  readonly row: TreeRow;
  readonly name: string;
  /** "24.1 KB · 84.6 %" */
  readonly facts: string;
  readonly measured: boolean;
  readonly inWork: boolean;
  /** Column letter, or null where it is not compared. */
  readonly letter: string | null;
}

export interface VariantTreeProps {
  readonly items: readonly TreeItem[];
  readonly onToggle: (id: string) => void;
  /** Makes a variant the one in work. */
  readonly onOpen: (id: string) => void;
}

/** Every variant under its parent. Click or Space chooses columns, Enter or double click works on the variant. */
export function VariantTree({ items, onToggle, onOpen }: VariantTreeProps) {
  const [focused, setFocused] = useState(0);
  const current = Math.min(focused, items.length - 1);
  const press = (event: KeyboardEvent<HTMLUListElement>) => {
    const moves: Readonly<Record<string, number>> = { ArrowUp: current - 1, ArrowDown: current + 1, Home: 0, End: items.length - 1 };
    const target = moves[event.key];
    if (target !== undefined) {
      const next = Math.min(items.length - 1, Math.max(0, target));
      setFocused(next);
      (event.currentTarget.children[next] as HTMLElement).focus();
    } else if (event.key === ' ') onToggle(items[current].row.id);
    else if (event.key === 'Enter') onOpen(items[current].row.id);
    else return;
    event.preventDefault();
  };
  return (
    <ul className="vt" role="tree" aria-label="Variants" aria-multiselectable="true" onKeyDown={press}>
      {items.map((item, index) => (
        <TreeLine key={item.row.id} item={item} focusable={index === current} onFocus={() => setFocused(index)} onToggle={onToggle} onOpen={onOpen} />
      ))}
    </ul>
  );
}

interface TreeLineProps {
  readonly item: TreeItem;
  readonly focusable: boolean;
  readonly onFocus: () => void;
  readonly onToggle: (id: string) => void;
  readonly onOpen: (id: string) => void;
}

/** Deeper levels share the indent of the fourth, so that names stay readable. */
const DEEPEST = 3;

function TreeLine({ item, focusable, onFocus, onToggle, onOpen }: TreeLineProps) {
  const { row, name, facts, letter } = item;
  const depth = Math.min(row.depth, DEEPEST);
  return (
    <li
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={letter !== null}
      tabIndex={focusable ? 0 : -1}
      className={`vt-${depth}`}
      onFocus={onFocus}
      onClick={() => onToggle(row.id)}
      onDoubleClick={() => onOpen(row.id)}
    >
      <svg className="vt-r" viewBox="0 0 64 40" aria-hidden="true">
        <path d={railPath(row)} />
        <circle className={classes(!item.measured && 'e')} cx={levelX(depth)} cy="20" r="4" />
      </svg>
      <span className="vt-t">
        <span className="row row-1">
          <b className="trunc">{name}</b>
          {letter && (
            <span className="tag vt-col">
              <span className="sr">column </span>
              {letter}
            </span>
          )}
          {item.inWork && <span className="tag">in work</span>}
        </span>
        <small className="u trunc">{facts}</small>
      </span>
    </li>
  );
}
