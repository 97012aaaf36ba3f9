import { createStore } from 'zustand/vanilla';
import type { NodeId } from '../../core/graph/graph.ts';
import type { HostCapabilities, RecentEntry, SystemFacts } from '../../core/host/contract.ts';
import { DEFAULT_COLUMNS, type ColumnId, type TableSort } from './select/table-columns.ts';

export type Screen = 'start' | 'studio' | 'analyse' | 'train' | 'compare' | 'export';
export type Theme = 'system' | 'light' | 'dark';

export interface Notice {
  readonly id: number;
  readonly tone: 'plain' | 'better' | 'warn' | 'worse';
  readonly title: string;
  readonly body: string;
  /** Stays until closed; others leave after some seconds. */
  readonly sticky: boolean;
  readonly actions: readonly { readonly label: string; readonly run: () => void }[];
}

export interface SessionState {
  readonly screen: Screen;
  readonly theme: Theme;
  /** The whole test set and the sensitivities are measured without being asked for. */
  readonly measureUnasked: boolean;
  /** Selected layers in the order of the graph, and the one that keys and the inspector act on. */
  readonly selection: readonly NodeId[];
  readonly focused: NodeId | null;
  readonly anchor: NodeId | null;
  /** Output channel that the inspector shows alone, of the layer that it belongs to. */
  readonly channel: { readonly layer: NodeId; readonly index: number } | null;
  /** Row of the table or node of the graph under the pointer. */
  readonly hovered: NodeId | null;
  readonly filter: string;
  /** Columns of the layer table between the name and the ladder, and what orders its rows. */
  readonly columns: readonly ColumnId[];
  readonly sort: TableSort | null;
  readonly collapsedBlocks: readonly string[];
  /** Which of the two the middle pane shows when the window is narrow. */
  readonly narrowPane: 'graph' | 'layers';
  readonly paneWidths: { readonly graph: number; readonly inspector: number };
  readonly paletteOpen: boolean;
  readonly budgetsOpen: boolean;
  readonly shortcutsOpen: boolean;
  readonly renameOpen: boolean;
  readonly reportOpen: boolean;
  readonly dataOpen: boolean;
  readonly speedOpen: boolean;
  readonly historyOpen: boolean;
  readonly patternOpen: boolean;
  readonly settingsOpen: boolean;
  readonly notices: readonly Notice[];
  /** Long work that ended while the window was out of sight. */
  readonly endedAway: string | null;
  readonly system: SystemFacts | null;
  readonly capabilities: HostCapabilities | null;
  readonly recents: readonly RecentEntry[];
}

export const PANE_WIDTHS = { graph: 340, inspector: 352 } as const;

export const sessionStore = createStore<SessionState>(() => ({
  screen: 'start',
  theme: 'system',
  measureUnasked: true,
  selection: [],
  focused: null,
  anchor: null,
  channel: null,
  hovered: null,
  filter: '',
  columns: DEFAULT_COLUMNS,
  sort: null,
  collapsedBlocks: [],
  narrowPane: 'layers',
  paneWidths: PANE_WIDTHS,
  paletteOpen: false,
  budgetsOpen: false,
  shortcutsOpen: false,
  renameOpen: false,
  reportOpen: false,
  dataOpen: false,
  speedOpen: false,
  historyOpen: false,
  patternOpen: false,
  settingsOpen: false,
  notices: [],
  endedAway: null,
  system: null,
  capabilities: null,
  recents: [],
}));

export function goTo(screen: Screen): void {
  sessionStore.setState({ screen });
}

/** Selects exactly one layer, which becomes the anchor of a later range. */
export function selectLayer(layer: NodeId | null): void {
  sessionStore.setState({ selection: layer === null ? [] : [layer], focused: layer, anchor: layer });
}

export function selectLayers(layers: readonly NodeId[], focused: NodeId | null): void {
  sessionStore.setState((state) => ({ selection: layers, focused, anchor: state.anchor ?? focused }));
}

let nextNotice = 1;

export function notify(notice: Partial<Omit<Notice, 'id'>> & { readonly title: string }): number {
  const id = nextNotice++;
  const full: Notice = { id, tone: 'plain', body: '', sticky: false, actions: [], ...notice };
  sessionStore.setState((state) => ({ notices: [...state.notices, full].slice(-4) }));
  return id;
}

export function dismissNotice(id: number): void {
  sessionStore.setState((state) => ({ notices: state.notices.filter((notice) => notice.id !== id) }));
}

export function setExpanded(blocks: readonly string[], expanded: boolean): void {
  sessionStore.setState(({ collapsedBlocks }) => {
    const others = collapsedBlocks.filter((id) => !blocks.includes(id));
    return { collapsedBlocks: expanded ? others : [...others, ...blocks] };
  });
}

export function setHovered(hovered: NodeId | null): void {
  if (sessionStore.getState().hovered !== hovered) sessionStore.setState({ hovered });
}
