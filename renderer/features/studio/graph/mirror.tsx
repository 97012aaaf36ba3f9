import { useId, type KeyboardEvent } from 'react';
import { SCHEME_IDS, SCHEMES } from '../../../../core/schemes/index.ts';
import { setExpanded, setHovered } from '../../../state/session.ts';
import type { GraphView } from './graph-view.ts';
import { spokenItem, type GraphPicture } from './picture.ts';
import { neighbour, type Scene } from './scene.ts';

export interface MirrorProps {
  readonly scene: Scene;
  readonly picture: GraphPicture;
  readonly name: string;
  /** Place of the item that keys act on. */
  readonly focused: number;
  readonly selected: Uint8Array;
  readonly view: () => GraphView | null;
  readonly onFocusItem: (item: number) => void;
  readonly onKeyboard: (has: boolean) => void;
  readonly onToggle: (block: string, all: boolean) => void;
}

const ZOOM_STEP = 1.25;
const PAN_PIXELS = 80;
const nameOf = (rung: number): string => SCHEMES[SCHEME_IDS[rung]].name;

/** The graph for a screen reader: the item at hand with what its lines lead to, kept up while the keys walk along them. */
export function GraphMirror({ scene, picture, name, focused, selected, view, onFocusItem, onKeyboard, onToggle }: MirrorProps) {
  const { shown } = scene;
  const own = useId();
  const idOf = (item: number): string => `${own}-${item}`;
  const around = focused < 0 ? [0] : [focused, ...shown.inputs[focused].slice(0, 8), ...shown.readers[focused].slice(0, 8)];
  const items = [...new Set(around)].filter((item) => item < shown.items.length).sort((a, b) => a - b);
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !handleKey(event)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const handleKey = (event: KeyboardEvent): boolean => {
    const graph = view();
    if (event.key === '+' || event.key === '=') graph?.zoom(ZOOM_STEP);
    else if (event.key === '-') graph?.zoom(1 / ZOOM_STEP);
    else if (event.key === '0') graph?.fit();
    else if (event.key === ' ') return true;
    else if (event.shiftKey && event.key.startsWith('Arrow')) {
      const across = event.key === 'ArrowLeft' ? 1 : event.key === 'ArrowRight' ? -1 : 0;
      const down = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
      graph?.panBy(across * PAN_PIXELS, down * PAN_PIXELS);
    } else if (event.key === 'Enter') {
      const block = shown.items[focused]?.block;
      if (block) onToggle(block.id, event.shiftKey);
    } else {
      const next = neighbour(scene, focused, event.key);
      if (next < 0) return false;
      onFocusItem(next);
    }
    return true;
  };
  return (
    <div
      className="gx-mirror"
      role="tree"
      tabIndex={0}
      aria-label={`Graph of ${name}. Arrow keys follow the lines, Enter opens and closes blocks.`}
      aria-activedescendant={items.includes(focused) ? idOf(focused) : undefined}
      aria-multiselectable="true"
      onKeyDown={press}
      onFocus={(event) => onKeyboard(event.currentTarget.matches(':focus-visible'))}
      onBlur={() => {
        onKeyboard(false);
        setHovered(null);
      }}
    >
      {items.map((item) => {
        const { node, block } = shown.items[item];
        return (
          <div
            key={shown.items[item].id}
            id={idOf(item)}
            className="sr"
            role="treeitem"
            aria-level={node && block ? 2 : 1}
            aria-setsize={shown.items.length}
            aria-posinset={item + 1}
            aria-selected={selected[item] === 1}
            aria-expanded={node ? undefined : false}
            onClick={() => (node || !block ? onFocusItem(item) : setExpanded([block.id], true))}
          >
            {spokenItem(shown, picture, item, nameOf)}
          </div>
        );
      })}
    </div>
  );
}
