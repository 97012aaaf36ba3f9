import { Check, CornerDownRight } from 'lucide-react';
import { classes } from '../../ui/classes.ts';
import { Fingerprint } from '../../ui/fingerprint.tsx';
import { Icon } from '../../ui/icon.tsx';
import { IconButton } from '../../ui/button.tsx';
import { TableHead, type TableColumn } from '../../ui/table-head.tsx';
import type { PlanLine } from './plans-view.ts';

const COLUMNS: readonly TableColumn[] = [
  { id: 'plan', head: 'Plan' },
  { id: 'size', head: 'Size', numeric: true, width: 'col-s1' },
  { id: 'time', head: 'Time', numeric: true, width: 'col-s1 hide-narrow' },
  { id: 'accuracy', head: 'Accuracy', numeric: true, width: 'col-s2' },
  { id: 'take', head: <span className="sr">Take</span>, width: 'col-s3' },
];

export interface PlansTableProps {
  readonly lines: readonly PlanLine[];
  readonly shown: string | null;
  readonly onShow: (id: string) => void;
  readonly onTake: (id: string) => void;
}

const CELLS = 12;

/** The same plans as the chart, smallest first; each can be looked at and taken. */
export function PlansTable({ lines, shown, onShow, onTake }: PlansTableProps) {
  return (
    <div className="scroll plans-b" tabIndex={0} role="group" aria-label="Plans, rows">
      <table className="tg" aria-label="Plans, smallest first">
        <TableHead columns={COLUMNS} />
        <tbody>
          {lines.map((line) => (
            <tr key={line.id} aria-selected={line.id === shown} className={classes(!line.fits && 'plan-over')}>
              <td className="c-first">
                <button type="button" className="plan-b" aria-pressed={line.id === shown} onClick={() => onShow(line.id)}>
                  {line.name === 'Mixed' ? <Fingerprint schemes={line.schemes} most={CELLS} /> : <span>{line.name}</span>}
                  {line.chosen && (
                    <span className="tick">
                      <Icon of={Check} />
                      chosen
                    </span>
                  )}
                </button>
              </td>
              <td className="num">{line.size}</td>
              <td className="num hide-narrow">{line.time}</td>
              <td className={classes('num', !line.measured && 'est')}>{line.accuracy}</td>
              <td className="c-last">
                <IconButton icon={CornerDownRight} label={`Take as a new variant: ${line.spoken}`} onClick={() => onTake(line.id)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
