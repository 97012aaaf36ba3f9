import type { NodeId } from '../../../../core/graph/graph.ts';
import { sessionStore } from '../../../state/session.ts';
import type { Scene } from './scene.ts';
import { membersOf } from './shown-graph.ts';

type IsLayer = (id: NodeId) => boolean;

/** The item that stands for what the table and the keys are at; −1 for none. */
export function focusedItem({ shown }: Scene, focused: string | null): number {
  if (focused === null) return -1;
  const item = shown.itemOf.get(focused);
  if (item !== undefined) return item;
  // An open block has no box of its own.
  const open = shown.frames.find((block) => block.id === focused);
  return open ? (shown.itemOf.get(open.nodes[0]) ?? -1) : -1;
}

/** Per item 1 where it is selected, 2 where it is a closed block of which some layers are. */
export function selectionMarks({ shown }: Scene, selection: ReadonlySet<string>, isLayer: IsLayer): Uint8Array {
  return Uint8Array.from(shown.items, (item) => {
    if (selection.size === 0) return 0;
    if (item.node) return selection.has(item.node.id) ? 1 : 0;
    const members = membersOf(item, isLayer);
    const chosen = members.filter((id) => selection.has(id)).length;
    return chosen === 0 ? 0 : chosen === members.length ? 1 : 2;
  });
}

/** Selects an item alone, or adds it and takes it away again. A closed block selects its layers. */
export function selectItem({ shown }: Scene, index: number, isLayer: IsLayer, together: boolean): void {
  const item = shown.items[index];
  const own = item.node?.kind === 'input' ? [] : membersOf(item, isLayer);
  const { selection } = sessionStore.getState();
  const isPresent = own.length > 0 && own.every((id) => selection.includes(id));
  const others = selection.filter((id) => !own.includes(id));
  const next = !together ? own : isPresent ? others : [...others, ...own];
  sessionStore.setState({ selection: next, focused: item.id, anchor: item.id });
}
