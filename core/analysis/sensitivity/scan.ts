import { layersOf, type Model, type NodeId } from '../../graph/graph.ts';
import { createEngine } from '../../kernels/load.ts';
import type { Calibration } from '../../quant/calibration.ts';
import { bake } from '../../runtime/bake.ts';
import { deployOnce } from '../../runtime/deploy.ts';
import { fitCodesAhead } from '../../runtime/fit-codes.ts';
import type { Program } from '../../runtime/program.ts';
import { estimate, type EstimationBase } from '../../runtime/re-estimate.ts';
import { continueFrom, RecordedRun, samplesIn, type Continuation } from '../../runtime/recorded-run.ts';
import { SCHEMES } from '../../schemes/index.ts';
import { choiceOf } from '../../schemes/layer-facts.ts';
import type { Plan, SchemeId } from '../../schemes/scheme.ts';
import { indexOfLargest, softmaxDivergence } from '../../tensor/divergence.ts';
import { planEverywhere, type CellPlace, type SensitivityCell, type SensitivityDefinition } from './cells.ts';
import { activationNoise, layerStep, noiseImages, NoiseRatio, weightNoise, type LayerAlone } from './output-noise.ts';

export interface ScanInputs {
  readonly model: Model;
  readonly calibration: Calibration;
  /** Preprocessed probe images, and their classes where they are known. */
  readonly images: readonly Float32Array[];
  readonly labels: readonly number[] | null;
}

/** Means over the probe images. */
interface Standing {
  readonly divergence: number;
  readonly right: number;
  readonly loss: number | null;
}

/** Cross-entropy of the right class in nats, from logits. */
function crossEntropy(logits: ArrayLike<number>, label: number): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < logits.length; c++) top = Math.max(top, logits[c]);
  let sum = 0;
  for (let c = 0; c < logits.length; c++) sum += Math.exp(logits[c] - top);
  return top + Math.log(sum) - logits[label];
}

/** A network that the cells of a scan begin like: its values and its corrections are kept. */
interface Base {
  readonly recorded: RecordedRun;
  readonly estimation: EstimationBase | null;
  readonly standing: Standing;
}

/**
 * Measures cells of the heat map one after the other with the deployed arithmetic. A cell runs only from the first step that its
 * change touches; the numbers are those of whole runs.
 */
export class SensitivityScan {
  private readonly inputs: ScanInputs;
  private readonly breathe: () => Promise<void>;
  private readonly engine = createEngine({ variant: 'wasm' });
  private expected: readonly Float32Array[] = [];
  private floatBase: Base | null = null;
  private readonly activationNoise = new Map<string, number>();
  private planBase: { readonly key: string; readonly base: Base } | null = null;

  constructor(inputs: ScanInputs, breathe: () => Promise<void>) {
    this.inputs = inputs;
    this.breathe = breathe;
  }

  async measure({ layer, scheme }: CellPlace, definition: SensitivityDefinition): Promise<SensitivityCell> {
    return definition === 'alone' ? this.alone(layer, scheme) : this.without(layer, scheme);
  }

  private async alone(layer: NodeId, scheme: SchemeId): Promise<SensitivityCell> {
    const { model, calibration } = this.inputs;
    const base = await this.float();
    const plan: Plan = { [layer]: { scheme } };
    const program = await this.deployed(plan, base);
    await this.breathe();
    const node = layersOf(model.graph).find((candidate) => candidate.id === layer);
    if (!node) throw new Error(`${layer} is not a layer.`);
    const about: LayerAlone = { model, calibration, node, plan, float: base.recorded };
    const { step } = layerStep(about);
    const result = base.recorded.program.network.buffers[step.output].id;
    const output = program.network.buffers.findIndex((buffer) => buffer.id === result && buffer.format === 'float32');
    const both = new NoiseRatio();
    const changed = await this.standing(program, base.recorded, (image, read) => {
      if (image < noiseImages(base.recorded)) both.add(base.recorded.read(step.output, image), read(output));
    });
    const weights = weightNoise(about, this.engine);
    await this.breathe();
    const activations = this.activations(about);
    await this.breathe();
    return { layer, scheme, definition: 'alone', ...this.change(base.standing, changed), noise: { both: both.decibels, weights, activations } };
  }

  /** Schemes that store their input alike have it in common. */
  private activations(about: LayerAlone): number {
    const { scheme, options } = choiceOf(about.plan, about.node.id);
    const key = `${about.node.id} ${SCHEMES[scheme].inputFormat(options)}`;
    const known = this.activationNoise.get(key) ?? activationNoise(about, this.engine);
    this.activationNoise.set(key, known);
    return known;
  }

  private async without(layer: NodeId, scheme: SchemeId): Promise<SensitivityCell> {
    const { model } = this.inputs;
    const base = await this.around(planEverywhere(model.graph, scheme));
    const program = await this.deployed(planEverywhere(model.graph, scheme, layer), base);
    await this.breathe();
    const spared = await this.standing(program, base.recorded);
    return { layer, scheme, definition: 'without', ...this.change(spared, base.standing), noise: null };
  }

  private change(before: Standing, after: Standing): Pick<SensitivityCell, 'divergence' | 'accuracyChange' | 'lossChange'> {
    return {
      divergence: after.divergence - before.divergence,
      accuracyChange: ((after.right - before.right) / this.inputs.images.length) * 100,
      lossChange: before.loss === null || after.loss === null ? null : after.loss - before.loss,
    };
  }

  private async float(): Promise<Base> {
    if (this.floatBase) return this.floatBase;
    const { model, calibration, images } = this.inputs;
    const recorded = await RecordedRun.over(bake(model, {}, calibration), samplesIn(images), this.breathe);
    this.engine.reclaim();
    const whole = continueFrom(recorded, recorded.program, this.engine);
    this.expected = images.map((_, i) => whole.run(i).slice());
    const estimation = estimate({ model, plan: {}, calibration }, null, true).base;
    await this.breathe();
    this.floatBase = { recorded, estimation, standing: await this.standing(recorded.program, recorded) };
    return this.floatBase;
  }

  /** Mean KL(float ‖ network) of a plan, in nats. Plans that differ from it in single layers are quick to measure afterwards. */
  async divergence(plan: Plan): Promise<number> {
    return (await this.around(plan)).standing.divergence;
  }

  /** The same of the plan with one layer at another precision. */
  async exchanged(plan: Plan, { layer, scheme }: CellPlace): Promise<number> {
    const base = await this.around(plan);
    const program = await this.deployed({ ...plan, [layer]: { scheme } }, base);
    await this.breathe();
    return (await this.standing(program, base.recorded)).divergence;
  }

  private async deployed(plan: Plan, { estimation }: Base): Promise<Program> {
    const { model, calibration } = this.inputs;
    await fitCodesAhead(model, plan, calibration, this.breathe);
    return deployOnce({ model, plan, calibration }, estimation);
  }

  private async around(plan: Plan): Promise<Base> {
    const key = JSON.stringify(plan);
    if (this.planBase?.key === key) return this.planBase.base;
    const float = await this.float();
    const { model, calibration, images } = this.inputs;
    await fitCodesAhead(model, plan, calibration, this.breathe);
    const { program, base: estimation } = estimate({ model, plan, calibration }, float.estimation, true);
    await this.breathe();
    const recorded = await RecordedRun.over(program, samplesIn(images), this.breathe, { near: [float.recorded] });
    const base = { recorded, estimation, standing: await this.standing(recorded.program, recorded) };
    this.planBase = { key, base };
    return base;
  }

  private async standing(program: Program, near: RecordedRun, each: (image: number, read: Continuation['read']) => void = () => {}): Promise<Standing> {
    const { images, labels } = this.inputs;
    this.engine.reclaim();
    const rest = continueFrom(near, program, this.engine);
    const sum = { divergence: 0, right: 0, loss: 0 };
    for (let i = 0; i < images.length; i++) {
      const logits = rest.run(i);
      each(i, rest.read);
      const expected = this.expected[i];
      sum.divergence += softmaxDivergence(expected, logits);
      if (indexOfLargest(logits) === (labels?.[i] ?? indexOfLargest(expected))) sum.right++;
      if (labels) sum.loss += crossEntropy(logits, labels[i]);
      await this.breathe();
    }
    return { divergence: sum.divergence / images.length, right: sum.right, loss: labels ? sum.loss / images.length : null };
  }
}
