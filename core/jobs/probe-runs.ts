import type { DataSet, PreprocessId } from '../data/data-set.ts';
import { createEngine, type KernelEngine } from '../kernels/load.ts';
import { deployForNext, networkKey, type NetworkInputs } from '../runtime/deploy.ts';
import type { EstimationBase } from '../runtime/re-estimate.ts';
import { RecordedRun } from '../runtime/recorded-run.ts';
import { sampleReader } from './batches.ts';
import { PROBES } from './contract.ts';

/** How many plans before are kept: an edit may come before the last one was measured to its end. */
const KEPT_RUNS = 2;

/** A network over the probe samples. */
interface ProbeRun {
  readonly key: string;
  readonly recorded: RecordedRun;
  readonly estimation: EstimationBase | null;
}

/**
 * The plan that is being edited, over its probe samples. A plan mostly begins like the one before it, and is computed only from
 * where it differs: the same numbers, sooner.
 */
export class ProbeRuns {
  private origin = '';
  /** Newest first. */
  private runs: readonly ProbeRun[] = [];
  /** Its own, so that one edit after the other does not reserve ever more memory. */
  private engines: readonly KernelEngine[] = [];

  /** Its recording: what was not recorded yet is for the caller to record. */
  of(inputs: NetworkInputs, data: DataSet, preprocess: PreprocessId): RecordedRun {
    const origin = `${networkKey({ ...inputs, plan: {} })}/${data.hash}/${preprocess}`;
    const key = networkKey(inputs);
    if (origin !== this.origin) this.runs = [];
    this.origin = origin;
    if (this.runs[0]?.key === key) return this.runs[0].recorded;
    for (const run of this.runs) run.recorded.finish();
    const [newest] = this.runs;
    // A run over all samples leaves nothing to an older one.
    const near = newest?.recorded.coverage === newest?.recorded.samples.count ? this.runs.slice(0, 1) : this.runs.filter((run) => run.recorded.coverage > 0);
    const { program, base } = deployForNext(inputs, this.runs[0]?.estimation ?? null);
    this.engines = near.map((_, i) => this.engines[i] ?? createEngine({ variant: 'wasm' }));
    for (const engine of this.engines) engine.reclaim();
    const samples = { count: Math.min(PROBES, data.test.count), at: sampleReader(data, 'test', preprocess) };
    const recorded = new RecordedRun(program, samples, { near: near.map((run) => run.recorded), engines: this.engines });
    this.runs = [{ key, recorded, estimation: base }, ...near].slice(0, 1 + KEPT_RUNS);
    return recorded;
  }
}
