import { layersOf, type Model } from '../../graph/graph.ts';
import { createEngine } from '../../kernels/load.ts';
import type { Calibration } from '../../quant/calibration.ts';
import { deployOnce } from '../../runtime/deploy.ts';
import { estimate } from '../../runtime/re-estimate.ts';
import { continueFrom, RecordedRun, type SampleSource } from '../../runtime/recorded-run.ts';
import type { Plan } from '../../schemes/scheme.ts';
import { planRows } from '../comparison.ts';
import { packedSize } from '../size.ts';
import { changeOf, StandingSum, type GapStep, type Judge, type PlanGap, type Standing } from './gap.ts';

export interface WalkInputs {
  readonly model: Model;
  readonly calibration: Calibration;
  readonly before: Plan;
  readonly after: Plan;
  readonly images: SampleSource;
  readonly judge: Judge;
}

/** What happens after every image and every deployment: lets messages in, throws when cancelled, counts. */
export type Advance = () => Promise<void>;

/** Networks that a walk over so many differing layers runs: the one before, and each exchange in turn and alone. */
export function walkLength({ model, before, after }: Pick<WalkInputs, 'model' | 'before' | 'after'>): number {
  const differing = differingRows(model, before, after).length;
  return differing === 0 ? 1 : 2 * differing;
}

function differingRows(model: Model, before: Plan, after: Plan) {
  return planRows(layersOf(model.graph).map(({ id }) => id), [before, after]).filter((row) => row.differs);
}

/**
 * Explains the gap between two plans of the same weights. It walks from the one to the other and exchanges one differing layer after
 * the other, in the order of the network; each stage is a deployed network, re-estimation included, over the same images. So the
 * contributions add up to the whole gap by construction: a telescoping sum. It is one share-out among others. What a layer adds
 * depends on those exchanged before it, and another order would share the gap out otherwise; the effect of each layer alone, in the
 * network before, stands beside it and need not add up. Only what differs from a network whose values are kept is computed: the
 * numbers are those of whole runs.
 */
export async function walkPlans({ model, calibration, before, after, images, judge }: WalkInputs, advance: Advance, onStep: (gap: PlanGap) => void): Promise<PlanGap> {
  const recording = createEngine({ variant: 'wasm' });
  const continuing = createEngine({ variant: 'wasm' });
  const record = async (plan: Plan, near: Stage | null): Promise<Stage> => {
    const { program, base } = estimate({ model, plan, calibration }, near?.estimation ?? null, true);
    await advance();
    recording.reclaim();
    const recorded = new RecordedRun(program, images, near ? { near: [near.recorded], engines: [recording] } : {});
    const sum = new StandingSum(judge);
    for (let image = 0; image < images.count; image++) {
      sum.add(image, recorded.record(image));
      await advance();
    }
    return { plan, estimation: base, recorded: recorded.finish(), standing: sum.standing, bytes: packedSize(model.graph, plan).totalBytes };
  };
  const standingNear = async (plan: Plan, near: Stage): Promise<Standing> => {
    const program = deployOnce({ model, plan, calibration }, near.estimation);
    await advance();
    continuing.reclaim();
    const rest = continueFrom(near.recorded, program, continuing);
    const sum = new StandingSum(judge);
    for (let image = 0; image < images.count; image++) {
      sum.add(image, rest.run(image));
      await advance();
    }
    return sum.standing;
  };

  const start = await record(before, null);
  const steps: GapStep[] = [];
  const gapUpTo = ({ standing }: Stage): PlanGap => ({
    kind: 'plan',
    images: images.count,
    measure: judge.labels ? 'accuracy' : 'agreement',
    before: start.standing,
    after: standing,
    steps: [...steps],
  });
  let stage = start;
  for (const { layer, choices } of differingRows(model, before, after)) {
    const choice = after[layer] ?? { scheme: 'float32' as const };
    const next = await record({ ...stage.plan, [layer]: choice }, stage);
    const inTurn = changeOf(stage.standing, next.standing);
    const alone = stage === start ? inTurn : changeOf(start.standing, await standingNear({ ...before, [layer]: choice }, start));
    steps.push({ layer, before: choices[0], after: choices[1], inTurn, alone, bytes: next.bytes - stage.bytes });
    stage = next;
    onStep(gapUpTo(stage));
  }
  return gapUpTo(stage);
}

/** A network on the way, whose values and corrections are kept for the next one. */
interface Stage {
  readonly plan: Plan;
  readonly estimation: ReturnType<typeof estimate>['base'];
  readonly recorded: RecordedRun;
  readonly standing: Standing;
  readonly bytes: number;
}
