import { Check } from 'lucide-react';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import type { ExportStep } from '../../state/exporting.ts';
import { classes } from '../../ui/classes.ts';
import { Fingerprint } from '../../ui/fingerprint.tsx';
import { Icon } from '../../ui/icon.tsx';
import type { StepLine } from './export-view.ts';

export interface StepsNavProps {
  readonly lines: readonly StepLine[];
  readonly step: ExportStep;
  readonly schemes: readonly SchemeId[];
  readonly note: string;
  readonly onStep: (step: ExportStep) => void;
}

export function StepsNav({ lines, step, schemes, note, onStep }: StepsNavProps) {
  return (
    <nav className="pane" aria-label="Export steps">
      <h1 className="sr">Export</h1>
      <div className="pane-h">
        <span className="row">
          <b>Export</b>
          <Fingerprint schemes={schemes} />
        </span>
      </div>
      <div className="steps">
        {lines.map((line, index) => {
          const current = line.id === step;
          return (
            <button
              key={line.id}
              type="button"
              className={classes(line.done && !current && 'done')}
              aria-current={current ? 'step' : undefined}
              aria-disabled={line.blocked !== null || undefined}
              aria-description={line.blocked ?? undefined}
              onClick={() => line.blocked === null && onStep(line.id)}
            >
              <span className="n">{line.done && !current ? <Icon of={Check} size={12} /> : index + 1}</span>
              <b>{line.name}</b>
              <small className="trunc">{line.detail}</small>
            </button>
          );
        })}
      </div>
      <div className="grow" />
      <div className="pad u t-11">{note}</div>
    </nav>
  );
}
