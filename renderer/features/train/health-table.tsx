import { Check, TriangleAlert } from 'lucide-react';
import { Chip } from '../../ui/chip.tsx';
import { Icon } from '../../ui/icon.tsx';
import { TableHead, type TableColumn } from '../../ui/table-head.tsx';
import { classes } from '../../ui/classes.ts';
import { Spark } from './spark.tsx';
import type { HealthRow } from './health-rows.ts';

const COLUMNS: readonly TableColumn[] = [
  { id: 'layer', head: 'Layer', width: 'col-h1' },
  { id: 'flips', head: 'Flip ratio', numeric: true, width: 'col-h2' },
  { id: 'trend', head: 'over time', width: 'col-h3' },
  { id: 'drift', head: 'Scale drift', numeric: true, width: 'col-h4' },
  { id: 'drifts', head: 'over time', width: 'col-h3' },
  { id: 'sqnr', head: 'SQNR, dB', numeric: true, width: 'col-h4' },
  { id: 'sqnrs', head: 'over time', width: 'col-h3' },
  { id: 'state', head: 'State' },
];

export interface HealthTableProps {
  readonly rows: readonly HealthRow[];
  /** Reports have arrived; before that every number is a dash. */
  readonly live: boolean;
}

export function HealthTable({ rows, live }: HealthTableProps) {
  const watched = rows.filter((row) => row.warns).length;
  return (
    <section className="health" aria-label="Layer health">
      <div className="pane-h">
        <h2>Layer health</h2>
        <span className="u trunc">codes changed a step, drift of scales since calibration, signal to noise</span>
        <span className="grow" />
        {watched > 0 && (
          <span className="warn row row-1">
            <Icon of={TriangleAlert} />
            {watched} to watch
          </span>
        )}
      </div>
      <div className="scroll health-b" tabIndex={0} role="group" aria-label="Health of each layer, rows">
        <table className="tg" aria-label="Health of each layer">
          <TableHead columns={COLUMNS} />
          <tbody>
            {rows.map((row) => (
              <HealthLine key={row.layer} row={row} live={live} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function HealthLine({ row, live }: { readonly row: HealthRow; readonly live: boolean }) {
  return (
    <tr>
      <td className="c-first">
        <span className="nm">
          <Chip scheme={row.scheme} short />
          <span className="trunc" title={row.layer}>
            {row.layer}
          </span>
        </span>
      </td>
      <td className="num">{row.flipRatio}</td>
      <td>{row.flips ? <Spark values={row.flips} warns={row.state === 'still flipping'} /> : live && <span className="u">real weights</span>}</td>
      <td className={classes('num', row.driftWarns && 'warn')}>{row.scaleDrift}</td>
      <td>{row.drift.length > 0 && <Spark values={row.drift} warns={row.driftWarns} />}</td>
      <td className="num">{row.sqnr}</td>
      <td>{row.signal.length > 0 && <Spark values={row.signal} warns={false} />}</td>
      <td className="c-last">{live ? <HealthState row={row} /> : <span className="u">–</span>}</td>
    </tr>
  );
}

function HealthState({ row }: { readonly row: HealthRow }) {
  if (!row.warns) {
    return (
      <span className="tick">
        <Icon of={Check} />
        {row.state}
      </span>
    );
  }
  return (
    <span className="row">
      <span className="warn row row-1">
        <Icon of={TriangleAlert} />
        {row.state}
      </span>
      <span className="soft hide-narrow trunc" title={row.note}>
        {row.note}
      </span>
    </span>
  );
}
