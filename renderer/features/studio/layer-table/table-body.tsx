import { memo, useEffect } from 'react';
import type { RefObject } from 'react';
import type { RungForecast } from '../../../state/select/forecast.ts';
import type { ColumnId } from '../../../state/select/table-columns.ts';
import { BlockRow } from './block-row.tsx';
import { ForecastRow } from './forecast-row.tsx';
import { LayerRow } from './layer-row.tsx';
import { PassRow } from './pass-row.tsx';
import type { TableRow } from './rows.ts';
import { blockRowProps, layerRowProps, passRowProps, type TableView } from './table-view.ts';
import type { ShowPreview } from './use-preview.ts';
import { useRowWindow } from './use-row-window.ts';

export interface TableBodyProps {
  readonly view: TableView;
  readonly rows: readonly TableRow[];
  readonly columns: readonly ColumnId[];
  readonly chosen: ReadonlySet<string>;
  readonly tabStop: string | null;
  /** The layer that alone is selected: its forecasts stand below it. */
  readonly single: string | null;
  readonly forecasts: readonly RungForecast[] | null;
  readonly spoken: readonly string[];
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly onPreview: ShowPreview;
  /** After rows were drawn. */
  readonly onDrawn: () => void;
}

/** The rows that are seen. Scrolling renders this and nothing else of the table. */
export const TableBody = memo(function TableBody(props: TableBodyProps) {
  const { view, rows, columns, chosen, tabStop, single, forecasts, spoken, scroller, onPreview, onDrawn } = props;
  const tall = single === null || !forecasts ? -1 : rows.findIndex((row) => row.id === single && row.kind === 'layer');
  const { first, end, before, after } = useRowWindow(scroller, rows.length, tall);
  useEffect(onDrawn);
  return (
    <tbody role="rowgroup">
      {before > 0 && <Spacer height={before} />}
      {rows.slice(first, end).flatMap((row) => {
        const state = { selected: isSelected(row, chosen), tabStop: row.id === tabStop, columns };
        if (row.kind === 'block') return <BlockRow key={row.id} {...blockRowProps(view, row, state)} />;
        if (row.kind === 'pass') return <PassRow key={row.id} {...passRowProps(view, row, state)} />;
        const layer = layerRowProps(view, row, state);
        if (row.id !== single || !forecasts) return <LayerRow key={row.id} {...layer} onPreview={onPreview} />;
        return [
          <LayerRow key={row.id} {...layer} spoken={spoken} onPreview={onPreview} />,
          <ForecastRow key={`${row.id} forecast`} forecasts={forecasts} level={row.level} columns={columns} />,
        ];
      })}
      {after > 0 && <Spacer height={after} />}
    </tbody>
  );
});

function Spacer({ height }: { readonly height: number }) {
  return (
    <tr aria-hidden="true">
      <td className="spacer" style={{ height }} />
    </tr>
  );
}

function isSelected(row: TableRow, chosen: ReadonlySet<string>): boolean {
  if (row.kind === 'block') return row.layers.length > 0 && row.layers.every((layer) => chosen.has(layer));
  return chosen.has(row.id);
}
