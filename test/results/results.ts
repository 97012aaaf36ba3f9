import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evaluation } from '../../core/jobs/contract.ts';
import { jobsOn } from '../../core/jobs/index.ts';
import type { SpawnThread } from '../../core/kernels/team.ts';
import { packedSize } from '../../core/analysis/size.ts';
import { CALIBRATION_SAMPLES } from '../../core/quant/calibration.ts';
import { NO_CALIBRATION } from '../../core/runtime/watch.ts';
import type { Plan } from '../../core/schemes/scheme.ts';
import { startBackend } from '../../core/train/backend/start.ts';
import type { Recipe } from '../../core/train/recipe.ts';
import { CASES, type ResultCase } from './cases.ts';
import { openSubject, recipeWith, type Subject, type Surroundings } from './subjects.ts';

export interface Options {
  readonly root: string;
  readonly dataFolder: string;
  readonly tfjsFolder: string;
  readonly threads: number;
  readonly spawn: SpawnThread;
  readonly only: string;
  readonly seeds: readonly number[];
  /** Only what is finished already: nothing is trained. */
  readonly keptOnly: boolean;
}

/** One finished run. Accuracies are shares of the test samples, of the deployed runtime. */
export interface RunRecord {
  readonly case: string;
  readonly seed: number;
  readonly float: number;
  readonly accuracy: number;
  readonly agreement: number;
  readonly samples: number;
  readonly bytes: number;
  readonly steps: number;
  readonly seconds: number;
  readonly simulatedHeldOut: number | null;
  readonly deployedHeldOut: number | null;
  readonly backend: string;
}

interface Finished {
  readonly test: Evaluation;
  readonly steps: number;
  readonly seconds: number;
  readonly simulated: number | null;
  readonly heldOut: number | null;
  readonly backend: string;
}

const context = { signal: new AbortController().signal, report: () => {} };
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** Every run of every case that is not kept yet; what is finished is kept at once. Returns all that are there. */
export async function runCases(options: Options): Promise<readonly RunRecord[]> {
  const kept = join(options.root, 'artefacts/results');
  mkdirSync(kept, { recursive: true });
  const surroundings: Surroundings = { data: options.dataFolder, kept, say: (line) => console.log(line) };
  const machine = { threads: options.threads, spawnThread: options.spawn };
  const jobs = jobsOn(machine);
  const environment = { tfjsWasmPath: options.tfjsFolder };
  const backend = await startBackend(options.tfjsFolder, { threads: options.threads, spawn: options.spawn });
  console.log(backend);

  const evaluate = (state: Parameters<typeof jobs.evaluate>[0]['state'], { data, preprocess }: Subject): Promise<Evaluation> =>
    jobs.evaluate({ state, data, preprocess, offset: 0, limit: data.test.count }, context);

  const finish = async (subject: Subject, plan: Plan, changes: Partial<Recipe> | null, seed: number): Promise<Finished> => {
    const { model, data, preprocess } = subject;
    const started = performance.now();
    const calibration = await jobs.calibrate({ model, data, preprocess, samples: CALIBRATION_SAMPLES }, context);
    if (changes === null) {
      const test = await evaluate({ model, plan, calibration }, subject);
      return { test, steps: 0, seconds: (performance.now() - started) / 1000, simulated: null, heldOut: null, backend: '' };
    }
    const recipe = recipeWith(changes);
    let steps = 0;
    const result = await jobs.train(
      { state: { model, plan, calibration }, teacher: model, data, preprocess, recipe: { ...recipe }, seed, environment },
      { ...context, report: (progress) => void (steps = progress.steps) },
    );
    const seconds = (performance.now() - started) / 1000;
    return { test: await evaluate(result.state, subject), steps, seconds, simulated: result.simulatedAccuracy, heldOut: result.deployed.accuracy, backend: result.backend };
  };

  const keptOr = async <T>(name: string, make: () => Promise<T>): Promise<T> => {
    const path = join(kept, `${name}.json`);
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as T;
    const value = await make();
    writeFileSync(path, `${JSON.stringify(value, null, 1)}\n`);
    return value;
  };

  /** Accuracy of float32 and its answers: as it came, or trained on with the same recipe. */
  const floatOf = (subject: Subject, { subject: id, recipe, alike }: ResultCase, seed: number): Promise<{ readonly accuracy: number; readonly predictions: readonly number[] }> =>
    keptOr(alike ? `float-${id}-${recipe?.epochs ?? 0}-${seed}` : `float-${id}-${seed}`, async () => {
      const plain = { model: subject.model, plan: {}, calibration: NO_CALIBRATION };
      const { accuracy, predictions } = alike ? (await finish(subject, {}, recipe, seed)).test : await evaluate(plain, subject);
      return { accuracy, predictions: [...predictions] };
    });

  const records: RunRecord[] = [];
  for (const one of CASES) {
    if (!one.id.includes(options.only)) continue;
    // Calibration draws nothing; another seed is another float network, where there is one.
    const seeds = one.recipe === null && one.subject.startsWith('resnet8') ? [1] : options.seeds;
    for (const seed of seeds) {
      if (options.keptOnly && !existsSync(join(kept, `${one.id}-${seed}.json`))) continue;
      const record = await keptOr(`${one.id}-${seed}`, async (): Promise<RunRecord> => {
        const subject = await openSubject(one.subject, seed, surroundings);
        const float = await floatOf(subject, one, seed);
        const plan = one.plan(subject.model.graph);
        const { test, steps, seconds, simulated, heldOut, backend: said } = await finish(subject, plan, one.recipe, seed);
        const agreement = test.predictions.reduce((count, answer, i) => count + Number(answer === float.predictions[i]), 0) / test.count;
        return {
          case: one.id, seed, float: float.accuracy, accuracy: test.accuracy, agreement, samples: test.count, bytes: packedSize(subject.model.graph, plan).totalBytes,
          steps, seconds, simulatedHeldOut: simulated, deployedHeldOut: heldOut, backend: said,
        };
      });
      records.push(record);
      console.log(`${one.id}, seed ${seed}: float32 ${percent(record.float)}, ${percent(record.accuracy)} (drop ${((record.float - record.accuracy) * 100).toFixed(2)}), agreement ${percent(record.agreement)}, ${record.steps} steps, ${record.seconds.toFixed(0)} s`);
    }
  }
  return records;
}
