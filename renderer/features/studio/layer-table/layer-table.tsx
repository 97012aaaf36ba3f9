import { useCallback, useEffect, useMemo, useRef } from 'react';
import type { KeyboardEvent, RefObject } from 'react';
import type { Plan } from '../../../../core/schemes/scheme.ts';
import { useActivity, useSession } from '../../../state/hooks.ts';
import { setHovered } from '../../../state/session.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import { classes } from '../../../ui/classes.ts';
import { useMeasured } from '../use-measured.ts';
import { leastWidth } from './columns.tsx';
import { ForecastPopover } from './forecast-popover.tsx';
import { spokenForecast } from './forecast-text.ts';
import { sortedRows, tableRows, type TableRow } from './rows.ts';
import { sortedLayers } from './sorting.ts';
import { TableBody } from './table-body.tsx';
import { TableFoot } from './table-foot.tsx';
import { TableHeads } from './table-heads.tsx';
import { handleClick, handleKey } from './table-keys.ts';
import { NO_INSIGHTS, tableView, type TableView } from './table-view.ts';
import { useForecasts } from './use-forecasts.ts';
import { usePreview } from './use-preview.ts';
import { scrollTopFor } from './use-row-window.ts';
import { useSharedHover } from './use-shared-hover.ts';

const NO_PLAN: Plan = {};

export function LayerTable({ network }: { readonly network: ActiveNetwork }) {
  const measured = useMeasured();
  const selection = useSession((state) => state.selection);
  const focused = useSession((state) => state.focused);
  const columns = useSession((state) => state.columns);
  const view = useTableView(network);
  const rows = useRows(view);
  const single = selection.length === 1 ? selection[0] : null;
  const forecasts = useForecasts(network, single, measured);
  const spoken = useMemo(() => forecasts?.map(spokenForecast) ?? [], [forecasts]);
  const chosen = useMemo(() => new Set(selection), [selection]);
  const [preview, showPreview] = usePreview(single);
  const scroller = useRef<HTMLDivElement>(null);
  const hover = useSharedHover(scroller);
  const focusedIndex = useMemo(() => rows.findIndex((row) => row.id === focused), [rows, focused]);
  const tabStop = focusedIndex >= 0 ? focused : (rows[0]?.id ?? null);
  const tall = single !== null && single === focused ? focusedIndex : -1;
  const { follow, focusWanted } = useFocusFollows(scroller, focused, focusedIndex, tall);

  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    if (!(event.target instanceof HTMLElement) || event.target.getAttribute('role') !== 'row') return;
    if (!handleKey(event, rows, focused)) return;
    event.preventDefault();
    follow();
  };
  return (
    <div className="pane-b scroll" role="group" aria-label="Layer table" ref={scroller} onKeyDown={press} onClick={(event) => handleClick(event, rows)} onScroll={() => showPreview('', null, null)} onPointerOver={hover} onPointerLeave={() => setHovered(null)}>
      <table className={classes('tg', leastWidth(columns) !== undefined && 'tg-wide')} style={{ minWidth: leastWidth(columns) }} role="treegrid" aria-label="Layers and their precision" aria-multiselectable="true" aria-rowcount={rows.length + 1}>
        <TableHeads columns={columns} />
        <TableBody view={view} rows={rows} columns={columns} chosen={chosen} tabStop={tabStop} single={single} forecasts={forecasts} spoken={spoken} scroller={scroller} onPreview={showPreview} onDrawn={focusWanted} />
        <TableFoot network={network} columns={columns} />
      </table>
      {rows.length === 0 && <p className="pad u">No layer matches the filter.</p>}
      {preview && <ForecastPopover network={network} preview={preview} />}
    </div>
  );
}

function useTableView(network: ActiveNetwork): TableView {
  const { speeds, ladders, sensitivities } = useMeasured();
  // Pictures of layers come one by one: only the column that shows them renders with them.
  const needsInsights = useSession((state) => state.columns.includes('sqnr'));
  const insights = useActivity((state) => (needsInsights ? state.insights : NO_INSIGHTS));
  return useMemo(() => tableView(network, { speeds, ladders, sensitivities, insights }), [network, speeds, ladders, sensitivities, insights]);
}

function useRows(view: TableView): readonly TableRow[] {
  const filter = useSession((state) => state.filter);
  const collapsed = useSession((state) => state.collapsedBlocks);
  const sort = useSession((state) => state.sort);
  const { graph, plan } = view.network;
  // Only a filter looks at the plan and only an order at the numbers; without them the rows stay the same objects through every edit.
  const filteredPlan = filter.trim() === '' ? NO_PLAN : plan;
  const ordering = sort === null ? null : view;
  return useMemo(
    () => (sort && ordering ? sortedRows(graph, filteredPlan, filter, (layers) => sortedLayers(ordering, layers, sort)) : tableRows(graph, filteredPlan, collapsed, filter)),
    [graph, filteredPlan, collapsed, filter, sort, ordering],
  );
}

/**
 * Brings the focused row into view. After a key of the table (`follow`), the focus goes to it too, as soon as it is
 * drawn (`focusWanted`).
 */
function useFocusFollows(scroller: RefObject<HTMLDivElement | null>, focused: string | null, index: number, tall: number) {
  const wanted = useRef(false);
  const latest = useRef({ focused, index, tall });
  latest.current = { focused, index, tall };
  useEffect(() => {
    const element = scroller.current;
    const place = latest.current;
    if (!element || place.index < 0) return;
    const headHeight = element.querySelector('thead')?.getBoundingClientRect().height ?? 0;
    const footHeight = element.querySelector('tfoot')?.getBoundingClientRect().height ?? 0;
    const top = scrollTopFor(place.index, place.tall, { scrollTop: element.scrollTop, height: element.clientHeight, headHeight, footHeight });
    if (top !== null) element.scrollTop = top;
    // A row that moves because others changed is not followed.
  }, [scroller, focused]);
  const focusWanted = useCallback(() => {
    const active = document.activeElement;
    if (!wanted.current || active?.getAttribute('role') === 'radio') return;
    const row = findRow(scroller.current, latest.current.focused);
    if (!row) return;
    wanted.current = false;
    if (active !== row) row.focus({ preventScroll: true });
  }, [scroller]);
  const follow = useCallback(() => {
    wanted.current = true;
  }, []);
  return { follow, focusWanted };
}

function findRow(table: HTMLElement | null, id: string | null): HTMLElement | null {
  return id === null ? null : (table?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`) ?? null);
}
