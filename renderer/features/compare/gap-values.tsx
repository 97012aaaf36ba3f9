import { Chip } from '../../ui/chip.tsx';
import { Bar } from '../../ui/rung-bars.tsx';
import { TableHead, type TableColumn } from '../../ui/table-head.tsx';
import type { NoiseView } from './gap-view.ts';

export interface GapValuesProps {
  readonly rows: readonly NoiseView[];
  readonly before: string;
  readonly after: string;
}

/** How far what each layer hands on has moved, for networks of different weights. */
export function GapValues({ rows, before, after }: GapValuesProps) {
  const columns: readonly TableColumn[] = [
    { id: 'layer', head: 'Layer' },
    { id: 'scheme-before', head: before, width: 'col-g1' },
    { id: 'scheme-after', head: after, width: 'col-g1' },
    { id: 'before', head: `${before} against FP32, dB`, numeric: true, width: 'col-g6' },
    { id: 'after', head: `${after} against FP32, dB`, numeric: true, width: 'col-g6' },
    { id: 'between', head: `${after} against ${before}, dB`, numeric: true, width: 'col-g6' },
    { id: 'bar', head: <span className="sr">Decibels between the two, drawn</span>, width: 'col-g6' },
  ];
  return (
    <table className="tg gap-tg" aria-label={`Values of the layers of ${before} and ${after}`}>
      <TableHead columns={columns} />
      <tbody>
        {rows.map((row) => (
          <tr key={row.layer}>
            <td className="c-first" title={row.layer}>
              {row.layer}
            </td>
            {row.schemes.map((scheme, index) => (
              <td key={index}>
                <Chip scheme={scheme} />
              </td>
            ))}
            <td className="num">{row.before}</td>
            <td className="num">{row.after}</td>
            <td className="num">{row.between}</td>
            <td className="c-last">{row.share !== null && <Bar share={row.share} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
