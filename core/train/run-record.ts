import type { BatchOutcome } from './operators/distillation.ts';
import type { HistoryEntry } from './report.ts';

interface Sums {
  readonly loss: number;
  readonly correct: number;
  readonly samples: number;
  readonly batches: number;
}

/** What a checkpoint holds of it. */
export interface RecordState {
  readonly history: readonly HistoryEntry[];
  /** Since the last entry of the history. */
  readonly pending: Sums;
}

export interface StepFacts {
  readonly step: number;
  readonly learningRate: number;
  readonly stage: string;
}

const HISTORY_ENTRIES = 1000;
const NOTHING: Sums = { loss: 0, correct: 0, samples: 0, batches: 0 };

const added = (sums: Sums, { loss, correct }: BatchOutcome, samples: number): Sums => ({
  loss: sums.loss + loss,
  correct: sums.correct + correct,
  samples: sums.samples + samples,
  batches: sums.batches + 1,
});

/** The curves of a run: an entry every so many steps and at the end of each epoch, and means for the next report. */
export class RunRecord {
  private entries: HistoryEntry[] = [];
  private pending = NOTHING;
  private recent = NOTHING;
  private shown = { loss: 0, trainAccuracy: 0 };

  get history(): readonly HistoryEntry[] {
    return this.entries;
  }

  /** After a step. `facts.step` counts from 1. */
  note(outcome: BatchOutcome, samples: number, facts: StepFacts, { steps, stepsPerEpoch }: { readonly steps: number; readonly stepsPerEpoch: number }): void {
    this.pending = added(this.pending, outcome, samples);
    this.recent = added(this.recent, outcome, samples);
    const every = Math.max(1, Math.ceil(steps / HISTORY_ENTRIES));
    if (facts.step % every === 0 || facts.step % stepsPerEpoch === 0) this.flush(facts);
  }

  private flush({ step, learningRate, stage }: StepFacts): void {
    const { loss, correct, samples, batches } = this.pending;
    if (batches === 0) return;
    this.entries.push({ step, loss: loss / batches, trainAccuracy: correct / samples, learningRate, stage, validationAccuracy: null });
    this.pending = NOTHING;
  }

  validated(accuracy: number): void {
    this.changeLast({ validationAccuracy: accuracy });
  }

  /** Whether the epoch that ended with this step has still to be validated. */
  awaitsValidation(step: number): boolean {
    const last = this.entries.at(-1);
    return last?.step === step && last.validationAccuracy === null;
  }

  /** A person changed something: it stands at the step from which on it holds. */
  changed(changes: readonly string[], facts: StepFacts): void {
    this.flush(facts);
    if (changes.length > 0) this.changeLast({ changes: [...(this.entries.at(-1)?.changes ?? []), ...changes] });
  }

  private changeLast(fields: Partial<HistoryEntry>): void {
    const last = this.entries.pop();
    if (last) this.entries.push({ ...last, ...fields });
  }

  /** Means since the last call; those of before where no step was made since. */
  takeRecent(): { readonly loss: number; readonly trainAccuracy: number } {
    const { loss, correct, samples, batches } = this.recent;
    if (batches > 0) this.shown = { loss: loss / batches, trainAccuracy: correct / samples };
    this.recent = NOTHING;
    return this.shown;
  }

  state(): RecordState {
    return { history: this.entries, pending: this.pending };
  }

  /** `stepsRatio`: steps of this run for one of the run that the state is of; another batch size makes it differ from 1. */
  restore({ history, pending }: RecordState, stepsRatio: number): void {
    this.entries = history.map((entry) => ({ ...entry, step: Math.round(entry.step * stepsRatio) }));
    this.pending = { ...pending };
    const last = this.entries.at(-1);
    if (last) this.shown = { loss: last.loss, trainAccuracy: last.trainAccuracy };
  }
}
