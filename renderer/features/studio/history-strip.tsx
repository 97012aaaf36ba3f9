import { memo, useMemo } from 'react';
import { goToStep, type HistoryStep } from '../../state/document.ts';
import { useActivity, useDocument } from '../../state/hooks.ts';
import { activeNetwork, sizeOf } from '../../state/select/network.ts';
import { classes } from '../../ui/classes.ts';
import { formats, signedKilobytes } from '../../ui/format.ts';

const SHOWN = 4;

/** The last named steps, with what each changed; a press goes there. */
export const HistoryStrip = memo(function HistoryStrip() {
  const steps = useDocument((state) => state.steps);
  const index = useDocument((state) => state.index);
  const evaluations = useActivity((state) => state.evaluations);
  const first = Math.max(0, Math.min(steps.length - SHOWN, index - SHOWN + 1));
  const shown = useMemo(
    () =>
      steps.slice(first, first + SHOWN).map((step, offset) => {
        const before = steps[first + offset - 1];
        return { number: first + offset, name: step.name, change: changeText(before, step, (key) => evaluations[key]?.accuracy) };
      }),
    [steps, first, evaluations],
  );
  return (
    <div className="pane-f steps-strip" role="group" aria-label="Last steps">
      {shown.map((step, position) => (
        <button
          key={step.number}
          type="button"
          className={classes('step', position === 0 && shown.length === SHOWN && 'hide-narrow')}
          aria-current={step.number === index ? 'step' : undefined}
          onClick={() => goToStep(step.number)}
        >
          <small>
            {step.number === 0 ? 'Start' : `Step ${step.number}`}
            {step.number === index ? ' · now' : ''}
            {step.change}
          </small>
          <span className="trunc">{step.name}</span>
        </button>
      ))}
    </div>
  );
});

function changeText(before: HistoryStep | undefined, step: HistoryStep, accuracyOf: (key: string) => number | undefined): string {
  if (!before) return '';
  const [from, to] = [activeNetwork(before.project), activeNetwork(step.project)];
  const bytes = sizeOf(to.graph, to.plan).totalBytes - sizeOf(from.graph, from.plan).totalBytes;
  const [a, b] = [accuracyOf(from.key), accuracyOf(to.key)];
  const size = bytes === 0 ? '' : ` · ${signedKilobytes(bytes)}\u00a0KB`;
  const points = a === undefined || b === undefined || from.key === to.key ? '' : ` · ${formats.signed((b - a) * 100, 1)}\u00a0pt`;
  return size + points;
}
