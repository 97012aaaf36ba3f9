import { Copy } from 'lucide-react';
import { SCHEMES } from '../../../core/schemes/index.ts';
import { IconButton } from '../../ui/button.tsx';
import { Chip } from '../../ui/chip.tsx';
import { classes } from '../../ui/classes.ts';
import { TableHead, type TableColumn } from '../../ui/table-head.tsx';
import type { ChangeCells, GapRow, GapTable, Tone } from './gap-view.ts';

export interface GapTableProps {
  readonly table: GapTable;
  /** Names of the two variants, and of the one in work. */
  readonly before: string;
  readonly after: string;
  readonly inWork: string;
  readonly onCopy: (layer: string, side: 'before' | 'after') => void;
}

/** What each layer that differs adds to the gap, exchanged in turn and alone. */
export function GapLayers({ table, before, after, inWork, onCopy }: GapTableProps) {
  const columns: readonly TableColumn[] = [
    { id: 'layer', head: 'Layer' },
    { id: 'before', head: before, width: 'col-g1' },
    { id: 'after', head: after, width: 'col-g1' },
    { id: 'points', head: 'Right, pt', numeric: true, width: 'col-g2' },
    { id: 'nats', head: 'KL, nats', numeric: true, width: 'col-g3' },
    { id: 'bar', head: <span className="sr">KL, drawn</span>, width: 'col-g4' },
    { id: 'alone-points', head: 'Alone, pt', numeric: true, width: 'col-g2' },
    { id: 'alone-nats', head: 'Alone, nats', numeric: true, width: 'col-g3' },
    { id: 'bytes', head: 'File, KB', numeric: true, width: 'col-g2' },
    { id: 'copy', head: <span className="sr">Copy</span>, width: 'col-g5' },
  ];
  return (
    <table className="tg gap-tg" aria-label={`Layers from ${before} to ${after}`}>
      <TableHead columns={columns} />
      <tbody>
        {table.rows.map((row) => (
          <Row key={row.layer} row={row} before={before} after={after} inWork={inWork} onCopy={onCopy} />
        ))}
      </tbody>
      <tfoot>
        <tr>
          <td className="c-first">Sum</td>
          <td />
          <td />
          <Changes cells={table.sum} />
          <td colSpan={3} className="u gap-sum">
            the whole gap
          </td>
          <td className="num">{table.bytes}</td>
          <td className="c-last" />
        </tr>
      </tfoot>
    </table>
  );
}

function Row({ row, before, after, inWork, onCopy }: { readonly row: GapRow } & Omit<GapTableProps, 'table'>) {
  const { better } = row;
  const source = better?.side === 'before' ? before : after;
  return (
    <tr>
      <td className="c-first" title={row.options ?? row.layer}>
        {row.layer}
        {row.options && <small className="u"> {row.options}</small>}
      </td>
      <td>
        <Chip scheme={row.before.scheme} />
      </td>
      <td>
        <Chip scheme={row.after.scheme} />
      </td>
      <Changes cells={row.inTurn} />
      <td>
        <SignedBar share={row.share} />
      </td>
      <Changes cells={row.alone} />
      <td className="num">{row.bytes}</td>
      <td className="c-last">
        {better && (
          <IconButton
            icon={Copy}
            label={`Copy the better setting of ${row.layer}, ${SCHEMES[better.scheme].name} of ${source}, to ${inWork}`}
            onClick={() => onCopy(row.layer, better.side)}
          />
        )}
      </td>
    </tr>
  );
}

const toneClass = (tone: Tone): string => (tone === 'none' ? 'u' : tone);

function Changes({ cells }: { readonly cells: ChangeCells }) {
  return (
    <>
      <td className={classes('num', toneClass(cells.pointsTone))}>{cells.points}</td>
      <td className={classes('num', toneClass(cells.natsTone))}>{cells.nats}</td>
    </>
  );
}

/** From the middle to the right where KL grows, to the left where it falls; the number beside it says the same. */
function SignedBar({ share }: { readonly share: number }) {
  const half = Math.abs(share) * 50;
  return (
    <svg className="gap-bar" aria-hidden="true">
      <rect className={share > 0 ? 'is-worse' : 'is-better'} x={`${(share > 0 ? 50 : 50 - half).toFixed(2)}%`} width={`${half.toFixed(2)}%`} y="2" height="8" />
      <line x1="50%" x2="50%" y1="0" y2="12" />
    </svg>
  );
}
