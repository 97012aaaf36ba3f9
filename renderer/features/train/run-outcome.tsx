import type { TrainingRun } from '../../state/training.ts';
import { formats } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { resultText } from './view-model.ts';

export interface RunOutcomeProps {
  readonly run: TrainingRun;
  readonly onCompare: () => void;
  readonly onStudio: () => void;
}

/** How the last run ended: the deployed network's accuracy, or why there is none. */
export function RunOutcome({ run, onCompare, onStudio }: RunOutcomeProps) {
  const { checkpoint } = run;
  const kept = checkpoint && `The checkpoint of epoch ${formats.count(checkpoint.epoch)}, step ${formats.count(checkpoint.step)}, is kept: the run can go on from there`;
  if (run.state === 'failed') {
    return (
      <Notice tone="worse" title={`${run.name} failed.`} className="run-note">
        {run.problem}
        {kept && ` ${kept}, with another recipe too.`}
      </Notice>
    );
  }
  if (run.state === 'cancelled') {
    return (
      <Notice tone="plain" title={`${run.name} was cancelled.`} className="run-note">
        {kept ? `${kept}.` : 'Nothing was changed; no checkpoint had been made yet.'}
      </Notice>
    );
  }
  if (!run.result) return null;
  const { tone, title, detail } = resultText(run.name, run.result.deployed, run.result.simulatedAccuracy, formats);
  return (
    <Notice tone={tone} title={title} className="run-note">
      <span className="soft">
        {detail} Trained in {formats.timeLeft(run.result.seconds, 1)}.
      </span>{' '}
      <button type="button" className="link" onClick={onCompare}>
        Compare
      </button>{' '}
      <button type="button" className="link" onClick={onStudio}>
        Open in Studio
      </button>
    </Notice>
  );
}
