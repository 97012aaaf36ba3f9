import { memo, useRef } from 'react';
import type { KeyboardEvent } from 'react';
import { SCHEMES } from '../../../core/schemes/index.ts';
import { Chip } from '../../ui/chip.tsx';
import { classes } from '../../ui/classes.ts';
import { headName } from '../../ui/precision.ts';
import { HEAT_SCHEMES, movedCell, type HeatCell, type HeatPlace, type HeatRow } from './heat-view.ts';

export interface HeatMapProps {
  /** "KL in nats, each layer alone" */
  readonly label: string;
  readonly rows: readonly HeatRow[];
  /** The cell that has the tab stop. */
  readonly current: HeatPlace;
  readonly onCurrent: (place: HeatPlace) => void;
  readonly onHover: (place: HeatPlace | null) => void;
}

const cellId = ({ layer, scheme }: HeatPlace): string => `heat ${layer} ${scheme}`;

/** Layers by precisions, darker where it hurts. One tab stop; arrows walk from cell to cell. */
export function HeatMap({ label, rows, current, onCurrent, onHover }: HeatMapProps) {
  const box = useRef<HTMLDivElement>(null);
  const press = (event: KeyboardEvent) => {
    const place = movedCell(rows, current, event.key, event.ctrlKey || event.metaKey);
    if (!place) return;
    event.preventDefault();
    onCurrent(place);
    box.current?.querySelector<HTMLElement>(`[data-cell="${CSS.escape(cellId(place))}"]`)?.focus();
  };
  return (
    <div ref={box} className="scroll heat-b" onPointerLeave={() => onHover(null)}>
      <table className="tg heat" role="grid" aria-label={label} aria-readonly="true" onKeyDown={press}>
        <thead>
          <tr>
            <th scope="col" className="c-first">
              Layer
            </th>
            {HEAT_SCHEMES.map((scheme) => (
              <th key={scheme} scope="col" className="heat-c">
                {headName(scheme)}
              </th>
            ))}
            <th scope="col" className="heat-p">
              Plan
            </th>
            <th scope="col" className="c-last num heat-z">
              Size
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.layer}>
              <th scope="row" className="c-first heat-l">
                <span className="trunc" title={row.layer}>
                  {row.layer}
                </span>
              </th>
              {row.cells.map((cell) => (
                <HeatSquare
                  key={cell.scheme}
                  layer={row.layer}
                  cell={cell}
                  stop={row.layer === current.layer && cell.scheme === current.scheme}
                  onCurrent={onCurrent}
                  onHover={onHover}
                />
              ))}
              <td>{row.planned && <Chip scheme={row.planned.scheme} />}</td>
              <td className="c-last num">{row.planned?.size}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeatSquareProps extends Pick<HeatMapProps, 'onCurrent' | 'onHover'> {
  readonly layer: string;
  readonly cell: HeatCell;
  readonly stop: boolean;
}

/** Apart, because pointer and focus move much more often than numbers change. */
const HeatSquare = memo(function HeatSquare({ layer, cell, stop, onCurrent, onHover }: HeatSquareProps) {
  const place: HeatPlace = { layer, scheme: cell.scheme };
  return (
    <td
      role="gridcell"
      data-cell={cellId(place)}
      className={classes('heat-s', cell.state === 'known' ? `heat-${cell.level}` : `heat-${cell.state}`, cell.inPlan && 'heat-in')}
      tabIndex={stop ? 0 : -1}
      aria-label={cell.inPlan ? `${cell.spoken}. The plan has ${SCHEMES[cell.scheme].name}.` : cell.spoken}
      onFocus={() => onCurrent(place)}
      onClick={(event) => event.currentTarget.focus()}
      onPointerEnter={() => onHover(place)}
    >
      <span>{cell.text}</span>
    </td>
  );
});
