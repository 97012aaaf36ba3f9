import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, MouseEvent, RefObject } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { Plan, SchemeId } from '../../../../core/schemes/scheme.ts';
import { useSession } from '../../../state/hooks.ts';
import { forecastLayer } from '../../../state/select/forecast.ts';
import { setExpanded, setHovered } from '../../../state/session.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import { LadderHead } from '../../../ui/ladder.tsx';
import { useMeasured } from '../use-measured.ts';
import { BlockRow } from './block-row.tsx';
import { ForecastPopover, type Preview } from './forecast-popover.tsx';
import { ForecastRow } from './forecast-row.tsx';
import { spokenForecast } from './forecast-text.ts';
import { LayerRow, PassRow } from './layer-row.tsx';
import { layersOfRow, tableRows, type TableRow } from './rows.ts';
import { rowForKey, rowForLetter, selectRow } from './selecting.ts';
import { TableFoot } from './table-foot.tsx';
import { useSharedHover } from './use-shared-hover.ts';
import { blockRowProps, layerRowProps, passRowProps, tableView } from './table-view.ts';

/** More rows than this are drawn only where they are seen. */
const VIRTUAL_FROM = 100;
const ROW_HEIGHT = 28;
const FORECAST_HEIGHT = 59;
const PREVIEW_DELAY_MS = 150;
const NO_PLAN: Plan = {};

export function LayerTable({ network }: { readonly network: ActiveNetwork }) {
  const measured = useMeasured();
  const selection = useSession((state) => state.selection);
  const focused = useSession((state) => state.focused);
  const filter = useSession((state) => state.filter);
  const collapsed = useSession((state) => state.collapsedBlocks);
  const { graph, plan } = network;
  // Only a filter looks at the plan; without one the rows stay the same objects through every edit.
  const filteredPlan = filter.trim() === '' ? NO_PLAN : plan;
  const rows = useMemo(() => tableRows(graph, filteredPlan, collapsed, filter), [graph, filteredPlan, collapsed, filter]);
  const view = useMemo(() => tableView(network, measured), [network, measured]);
  const single = selection.length === 1 ? selection[0] : null;
  // The choice is shown in the frame of the key press; its forecasts, six sizes of the file, in the next one.
  const later = useDeferredValue(network);
  const forecasts = useMemo(() => (single === null ? null : forecastLayer(later, single, measured)), [later, single, measured]);
  const spoken = useMemo(() => forecasts?.map(spokenForecast) ?? [], [forecasts]);
  const chosen = useMemo(() => new Set(selection), [selection]);
  const [preview, showPreview] = usePreview(single);
  const scroller = useRef<HTMLDivElement>(null);
  const hover = useSharedHover(scroller);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index].kind === 'layer' && rows[index].id === single ? ROW_HEIGHT + FORECAST_HEIGHT : ROW_HEIGHT),
    overscan: 12,
    enabled: rows.length > VIRTUAL_FROM,
  });
  const shown = rows.length > VIRTUAL_FROM ? virtual.getVirtualItems() : null;
  const drawn = shown ? shown.map((item) => rows[item.index]) : rows;
  const before = shown?.[0]?.start ?? 0;
  const after = shown ? virtual.getTotalSize() - (shown[shown.length - 1]?.end ?? 0) : 0;
  const tabStop = rows.some((row) => row.id === focused) ? focused : (rows[0]?.id ?? null);
  const follow = useFocusFollows(scroller, focused, () => {
    const index = rows.findIndex((row) => row.id === focused);
    if (shown && index >= 0) virtual.scrollToIndex(index, { align: 'auto' });
  });

  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    if (!(event.target instanceof HTMLElement) || event.target.getAttribute('role') !== 'row') return;
    if (!handleKey(event, rows, focused)) return;
    event.preventDefault();
    follow();
  };
  return (
    <div className="pane-b scroll" role="group" aria-label="Layer table" ref={scroller} onKeyDown={press} onClick={(event) => handleClick(event, rows)} onScroll={() => showPreview('', null, null)} onPointerOver={hover} onPointerLeave={() => setHovered(null)}>
      <table className="tg" role="treegrid" aria-label="Layers and their precision" aria-multiselectable="true" aria-rowcount={rows.length + 1}>
        <TableHeads />
        <tbody role="rowgroup">
          {before > 0 && <Spacer height={before} />}
          {drawn.flatMap((row) => {
            const state = { selected: isSelected(row, chosen), tabStop: row.id === tabStop };
            if (row.kind === 'block') return <BlockRow key={row.id} {...blockRowProps(view, row, state)} />;
            if (row.kind === 'pass') return <PassRow key={row.id} {...passRowProps(view, row, state)} />;
            const props = layerRowProps(view, row, state);
            if (row.id !== single || !forecasts) return <LayerRow key={row.id} {...props} onPreview={showPreview} />;
            return [
              <LayerRow key={row.id} {...props} spoken={spoken} onPreview={showPreview} />,
              <ForecastRow key={`${row.id} forecast`} forecasts={forecasts} level={row.level} />,
            ];
          })}
          {after > 0 && <Spacer height={after} />}
        </tbody>
        <TableFoot network={network} />
      </table>
      {rows.length === 0 && <p className="pad u">No layer matches the filter.</p>}
      {preview && <ForecastPopover network={network} preview={preview} />}
    </div>
  );
}

function TableHeads() {
  return (
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col" className="c-first col-nm">
          Layer
        </th>
        <th role="columnheader" scope="col" className="col-shape hide-narrow">
          Shape
        </th>
        <th role="columnheader" scope="col" className="num col-par">
          Params
        </th>
        <th role="columnheader" scope="col" className="num col-kb">
          KB
        </th>
        <th role="columnheader" scope="col" className="num col-ms">
          ms
        </th>
        <th role="columnheader" scope="col" className="num col-acc" title="Accuracy change when only this layer is changed">
          Cost, pt
        </th>
        <th role="columnheader" scope="col" className="col-lk">
          <span className="sr">Lock</span>
        </th>
        <th role="columnheader" scope="col" className="c-last col-lad">
          <LadderHead />
        </th>
      </tr>
    </thead>
  );
}

function Spacer({ height }: { readonly height: number }) {
  return (
    <tr aria-hidden="true">
      <td colSpan={8} className="spacer" style={{ height }} />
    </tr>
  );
}

function isSelected(row: TableRow, chosen: ReadonlySet<string>): boolean {
  if (row.kind === 'block') return row.layers.length > 0 && row.layers.every((layer) => chosen.has(layer));
  return chosen.has(row.id);
}

function handleClick(event: MouseEvent<HTMLElement>, rows: readonly TableRow[]): void {
  if (!(event.target instanceof Element) || event.target.closest('.ladder, .tw-hit')) return;
  const id = event.target.closest<HTMLElement>('[data-row]')?.dataset['row'];
  if (id === undefined) return;
  selectRow(rows, id, event.shiftKey ? 'range' : event.ctrlKey || event.metaKey ? 'toggle' : 'one');
}

/** Keys of a tree-grid; returns whether the key meant something. */
function handleKey(event: KeyboardEvent<HTMLElement>, rows: readonly TableRow[], focused: string | null): boolean {
  const row = rows.find((candidate) => candidate.id === focused);
  const target = rowForKey(rows, focused, event.key);
  if (target && !event.ctrlKey && !event.metaKey) {
    selectRow(rows, target.id, event.shiftKey ? 'range' : 'one');
    return true;
  }
  if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') return handleSideways(event, row);
  if (row?.kind === 'block' && event.key === 'Enter') {
    setExpanded([row.id], !row.expanded);
    return true;
  }
  const typed = event.key.length === 1 && /\p{L}/u.test(event.key) && event.key.toLowerCase() !== 'l';
  const named = typed && !event.ctrlKey && !event.metaKey && !event.altKey ? rowForLetter(rows, focused, event.key) : null;
  if (named) selectRow(rows, named.id, 'one');
  return named !== null;
}

/** Left and right fold a block, or go into the ladder of a layer. */
function handleSideways(event: KeyboardEvent<HTMLElement>, row: TableRow | undefined): boolean {
  if (row?.kind === 'block' && row.expanded !== (event.key === 'ArrowRight')) {
    setExpanded([row.id], event.key === 'ArrowRight');
    return true;
  }
  if (!row || layersOfRow(row).length === 0 || event.key === 'ArrowLeft') return false;
  const rung = event.currentTarget.querySelector<HTMLElement>(`[data-row="${CSS.escape(row.id)}"] .rung[aria-checked="true"], [data-row="${CSS.escape(row.id)}"] .rung`);
  rung?.focus();
  return rung !== null;
}

/**
 * Brings the focused row into view. After a key of the table, the focus goes to it too, as soon as it is drawn; the
 * returned function says that a key moved the selection.
 */
function useFocusFollows(scroller: RefObject<HTMLDivElement | null>, focused: string | null, scroll: () => void): () => void {
  const wanted = useRef(false);
  const latest = useRef(scroll);
  latest.current = scroll;
  useEffect(() => {
    latest.current();
    findRow(scroller.current, focused)?.scrollIntoView({ block: 'nearest' });
    // A row that is not drawn yet is scrolled to above and found by the effect below.
  }, [scroller, focused]);
  useEffect(() => {
    const active = document.activeElement;
    if (!wanted.current || active?.getAttribute('role') === 'radio') return;
    const row = findRow(scroller.current, focused);
    if (!row) return;
    wanted.current = false;
    if (active !== row) row.focus({ preventScroll: true });
  });
  return () => {
    wanted.current = true;
  };
}

function findRow(table: HTMLElement | null, id: string | null): HTMLElement | null {
  return id === null ? null : (table?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`) ?? null);
}

type ShowPreview = (layer: string, scheme: SchemeId | null, element: HTMLElement | null) => void;

/** The popover opens after a rest on the first rung, and at once while one is open. The selected row has its strip. */
function usePreview(single: string | null): readonly [Preview | null, ShowPreview] {
  const [preview, setPreview] = useState<Preview | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const isOpen = useRef(false);
  isOpen.current = preview !== null;
  const show = useCallback<ShowPreview>(
    (layer, scheme, element) => {
      clearTimeout(timer.current);
      if (scheme === null || element === null || layer === single) {
        timer.current = setTimeout(() => setPreview(null), layer === '' ? 0 : 60);
        return;
      }
      const { left, width, top } = element.getBoundingClientRect();
      const next = { layer, scheme, left: left + width / 2, top };
      timer.current = setTimeout(() => setPreview(next), isOpen.current ? 0 : PREVIEW_DELAY_MS);
    },
    [single],
  );
  useEffect(() => () => clearTimeout(timer.current), []);
  return [preview, show];
}
