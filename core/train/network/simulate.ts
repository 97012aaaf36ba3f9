import * as tf from '@tensorflow/tfjs-core';
import { StudioError } from '../../base/errors.ts';
import { sha256 } from '../../base/hash.ts';
import { roundHalfEven } from '../../base/round.ts';
import { completedSteps } from '../../graph/passes/xnor-surgery.ts';
import { isLayer, layersOf, type GraphNode, type LayerNode, type Model, type NodeId, type PoolAttributes, type ValueId, type WeightId } from '../../graph/graph.ts';
import type { SignPadding } from '../../kernels/kernel.ts';
import type { Calibration } from '../../quant/calibration.ts';
import { consumersOf, formatsOf, groupsOf, type Formats, type Group } from '../../runtime/formats.ts';
import { choiceOf } from '../../schemes/layer-facts.ts';
import { SCHEMES } from '../../schemes/index.ts';
import type { InputFormat, Plan } from '../../schemes/scheme.ts';
import { frozenLayers, type ChoicesByLayer } from '../layer-choices.ts';
import type { QuantiserTraining } from '../recipe.ts';
import { affineChannels, affineOf, normaliseBatch, type Finish, type ObserveStatistics } from '../operators/batch-norm.ts';
import { normaliseAndPool } from '../operators/batch-norm-pool.ts';
import { addToChannels } from '../operators/channels.ts';
import { putOnGrid } from '../operators/int8-grid.ts';
import { clipTo } from '../operators/elementwise.ts';
import { shiftedPrelu } from '../operators/rprelu.ts';
import { takeSigns, type SignInput } from '../operators/sign-input.ts';
import { withPlainSums } from '../kernels/convolution/choose.ts';
import { convolve } from './convolution.ts';
import { runOperator } from './operators.ts';
import type { Parameters } from './parameters.ts';
import { keptScale, quantisersOf, restartScale, scaleRatioOf } from './quantisers.ts';
import { Pruning } from './pruning.ts';
import { Ranges } from './ranges.ts';
import { fakeQuantiseWeights, type LayerQuantiser } from './weights.ts';

export interface SimulationMode {
  /** One-bit inputs: hard, or soft at the start of a run. */
  readonly signInput: Omit<SignInput, 'progress'>;
  /** Layers with one-bit inputs use their codes; false in the first stages, where they use the latent weights. */
  readonly signWeights: boolean;
  /** Of the run, 0 to 1. */
  readonly progress: number;
  /** Batch norm takes the statistics of the batch and reports them; null: it uses the stored ones. */
  readonly observe: ((node: BatchNormNode, mean: Float32Array, variance: Float32Array) => void) | null;
}

export type BatchNormNode = Extract<GraphNode, { op: 'batch-norm' }>;

/** Inference as it will be deployed. */
export const DEPLOYED_MODE: SimulationMode = { signInput: { forward: 'sign', estimator: 'approximate' }, signWeights: true, progress: 1, observe: null };

/** What a run asks of the network besides its weights. */
interface NetworkTraining extends QuantiserTraining {
  readonly layers?: ChoicesByLayer;
}

const AS_CALIBRATED: NetworkTraining = { sparsity: 0, alpha: 'detached', weightSteps: 'fixed', zeroMean: false, tanhWeights: false, ranges: 'fixed' };

type Sight = (value: ValueId, tensor: tf.Tensor) => void;

/**
 * The fake-quantised graph: values and weights in float32, but only on the levels that the deployed runtime will have. It is
 * built from the runtime's own grouping and storage formats, so that both round at the same places.
 */
export class SimulatedNetwork {
  readonly quantisers: ReadonlyMap<string, LayerQuantiser>;
  private readonly inverseSteps: ReadonlyMap<string, Float32Array>;
  private readonly model: Model;
  private readonly plan: Plan;
  private readonly calibration: Calibration;
  private readonly parameters: Parameters;
  private readonly groups: readonly Group[];
  private readonly formats: Formats;
  private readonly ranges: Ranges;
  private readonly pruning: Pruning;
  private readonly pools: ReadonlyMap<ValueId, Group>;
  private readonly output: ValueId;
  private readonly still: ReadonlySet<NodeId>;
  /** Weights that no step may change. */
  readonly frozen: ReadonlySet<WeightId>;

  constructor(model: Model, plan: Plan, calibration: Calibration, parameters: Parameters, training: NetworkTraining = AS_CALIBRATED) {
    this.model = model;
    this.plan = plan;
    this.calibration = calibration;
    this.parameters = parameters;
    this.groups = groupsOf(model.graph);
    this.formats = formatsOf(model.graph, plan, this.groups, true);
    this.quantisers = quantisersOf(model, plan, calibration, parameters, training);
    this.pruning = new Pruning(model, plan, parameters, (layer) => training.layers?.[layer]?.sparsity ?? training.sparsity);
    this.ranges = new Ranges({ graph: model.graph, plan, calibration, groups: this.groups, formats: this.formats }, training.ranges, parameters);
    this.still = stillNodes(this.groups, frozenLayers(training.layers ?? {}));
    this.pools = this.poolsBehindBatchNorms();
    this.inverseSteps = inverseStepsOf(model, calibration);
    this.frozen = new Set(model.graph.nodes.flatMap((node) => (this.still.has(node.id) ? [...Object.values<WeightId>(node.weights), scaleRatioOf(node.id)] : [])));
    const [output] = model.graph.outputs;
    const last = model.graph.nodes.find((node) => node.id === output);
    // Losses and answers are read from the logits before a final softmax.
    this.output = last?.op === 'softmax' ? last.inputs[0] : output;
  }

  /** Logits of a batch. `see` is shown every stored value, as it is stored. */
  run(batch: tf.Tensor, mode: SimulationMode, see?: Sight): tf.Tensor {
    const isJudged = mode.observe === null && this.quantisers.size > 0;
    return isJudged ? withPlainSums(() => this.evaluate(batch, mode, see)) : this.evaluate(batch, mode, see);
  }

  private evaluate(batch: tf.Tensor, mode: SimulationMode, see?: Sight): tf.Tensor {
    const values = new Map<ValueId, tf.Tensor>([[this.model.graph.inputs[0].id, batch]]);
    for (const group of this.groups) {
      if (!values.has(group.result)) {
        const pool = see || !mode.observe ? undefined : this.pools.get(group.result);
        const result = this.store(group, this.compute(group, values, mode, pool !== undefined));
        // What is pooled in the same pass exists only as its pool's result.
        values.set((pool ?? group).result, result);
        see?.(group.result, result);
      }
      if (group.result === this.output) break;
    }
    return values.get(this.output) as tf.Tensor;
  }

  /** What the quantiser of a layer sees of its latent weights: a function of them, without those that are pruned. Differentiable. */
  seenWeights(node: LayerNode): tf.Tensor {
    const latent = this.parameters.variable(node.weights['kernel']);
    const quantiser = this.quantisers.get(node.id);
    const transformed = quantiser?.transform?.apply(latent, quantiser.channels) ?? latent;
    const mask = this.pruning.maskOf(node.id);
    return mask ? tf.mul(transformed, tf.tensor(mask, latent.shape)) : transformed;
  }

  /** Before each step: what follows the run rather than the gradient. */
  follow(progress: number): void {
    this.pruning.advance(progress);
  }

  /** The network as trained, each kernel as its quantiser sees it. */
  trainedModel(): Model {
    const { graph, weights } = this.parameters.toModel();
    return { graph, weights: new Map([...weights, ...layersOf(graph).map((node) => [node.weights['kernel'], this.seenValues(node)] as const)]) };
  }

  /** Its grids and the scales that its weights do not give; no images, so that nothing is re-estimated later. */
  trainedCalibration(): Calibration {
    const { calibration } = this;
    const values = this.ranges.trainedValues();
    const scales = [...this.quantisers.values()].flatMap((quantiser) => {
      const kept = keptScale(quantiser);
      return kept ? [[quantiser.layer, kept] as const] : [];
    });
    const digest = [...scales.map(([layer, { scheme, scale, levels }]) => [layer, scheme, [...scale], [...(levels ?? [])]]), Object.entries(values).map(([id, { grid }]) => [id, grid])];
    return { ...calibration, values, images: new Float32Array(0), weightScales: Object.fromEntries(scales), hash: sha256(JSON.stringify(['trained', calibration.hash, digest])) };
  }

  /** Weights of these layers were real until now: their learned scales start from what they have become. */
  restartScales(layers: ReadonlySet<string>): void {
    for (const node of layersOf(this.model.graph)) {
      const quantiser = this.quantisers.get(node.id);
      if (quantiser && layers.has(node.id)) restartScale(quantiser, this.seenValues(node));
    }
  }

  private seenValues(node: LayerNode): Float32Array {
    return tf.tidy(() => (this.seenWeights(node).dataSync() as Float32Array).slice());
  }

  /** Whose calibrated grid a value that is stored as int8 has. */
  get gridSources(): ReadonlyMap<ValueId, ValueId> {
    return this.formats.gridSource;
  }

  private isStoredInt8(value: ValueId): boolean {
    return this.formats.stored.get(value) === 'int8';
  }

  private read(value: ValueId, format: InputFormat, values: ReadonlyMap<ValueId, tf.Tensor>): tf.Tensor {
    const tensor = values.get(value);
    if (!tensor) throw new StudioError(`The value "${value}" is read before it is computed.`, { where: this.model.graph.name });
    return format === 'int8' && !this.isStoredInt8(value) ? this.ranges.put(tensor, value) : tensor;
  }

  private compute(group: Group, values: ReadonlyMap<ValueId, tf.Tensor>, mode: SimulationMode, pooled: boolean): tf.Tensor {
    const { head } = group;
    if (isLayer(head)) {
      const sum = this.layer(head, values, mode);
      return group.batchNorm ? this.normalise(sum, group.batchNorm, mode, this.finishOf(group), pooled) : limited(sum, group.low, group.high);
    }
    if (head.op === 'batch-norm') return this.normalise(this.read(head.inputs[0], 'float32', values), head, mode, this.finishOf(group), false);
    if (head.op === 'add') return this.add(group, values);
    if (head.op === 'rprelu') {
      const { before, slope, after } = head.weights;
      const [b, s, a] = [before, slope, after].map((id) => this.parameters.variable(id));
      return shiftedPrelu(this.read(head.inputs[0], 'float32', values), b, s, a);
    }
    const integer = this.isStoredInt8(group.result) && this.formats.gridSource.get(group.result) !== group.result;
    const inputs = head.inputs.map((input) => this.read(input, integer ? 'int8' : 'float32', values));
    return runOperator(head, inputs, integer ? this.ranges.gridOf(head.inputs[0]) : null);
  }

  /** The result as the runtime stores it. Signs are taken by the reader, which has their threshold. */
  private store(group: Group, tensor: tf.Tensor): tf.Tensor {
    return this.storesOnOwnGrid(group) && !(normalises(group) && this.finishOf(group).grid) ? this.ranges.put(tensor, group.result) : tensor;
  }

  /** Additions round as they add, and what keeps its input's grid is on it. */
  private storesOnOwnGrid({ head, result }: Group): boolean {
    return this.isStoredInt8(result) && head.op !== 'add' && this.formats.gridSource.get(result) === result;
  }

  /** What is done to a group's result in the pass of its batch norm; a grid that learns has a pass of its own. */
  private finishOf(group: Group): Finish {
    const grid = this.storesOnOwnGrid(group) && !this.ranges.isLearned(group.result) ? this.ranges.gridOf(group.result) : null;
    return { low: group.low, high: group.high, grid };
  }

  /** Pools of 2×2 that are the only reader of what a batch norm makes, by that value. */
  private poolsBehindBatchNorms(): ReadonlyMap<ValueId, Group> {
    const { graph } = this.model;
    const readers = consumersOf(graph);
    const behind = this.groups.filter((group) => {
      const [reader, ...others] = readers.get(group.result) ?? [];
      if (!group.batchNorm || !this.takesStatistics(group.batchNorm) || !reader || others.length > 0 || graph.outputs.includes(group.result) || this.ranges.isLearned(group.result)) return false;
      return reader.op === 'max-pool' && isHalving(reader.attributes) && reader.shape[3] % 4 === 0;
    });
    return new Map(behind.flatMap(({ result }) => this.groups.filter(({ head }) => head.inputs.includes(result)).map((pool) => [result, pool] as const)));
  }

  private add({ head, result, low, high }: Group, values: ReadonlyMap<ValueId, tf.Tensor>): tf.Tensor {
    if (!this.isStoredInt8(result)) {
      const [a, b] = head.inputs.map((input) => this.read(input, 'float32', values));
      return limited(tf.add(a, b), low, high);
    }
    const output = this.ranges.gridOf(result);
    const [a, b] = head.inputs.map((input) => this.read(input, 'int8', values));
    const [gridA, gridB] = head.inputs.map((input) => this.ranges.gridOf(input));
    const snap = (limit: number): number => (Number.isFinite(limit) ? roundHalfEven(limit / output.scale) * output.scale : limit);
    return limited(this.ranges.add(a, b, { a: gridA, b: gridB }, result), snap(low), snap(high));
  }

  private layer(node: LayerNode, values: ReadonlyMap<ValueId, tf.Tensor>, mode: SimulationMode): tf.Tensor {
    const { scheme, options } = choiceOf(this.plan, node.id);
    const format = SCHEMES[scheme].inputFormat(options);
    const oneBit = format === 'sign';
    const stored = this.read(node.inputs[0], format, values);
    const input = oneBit ? takeSigns(stored, this.parameters.variable(this.shiftOf(node)), { ...mode.signInput, progress: mode.progress }, this.inverseSteps.get(node.id) ?? null) : stored;
    const seen = this.seenWeights(node);
    const quantiser = this.quantisers.get(node.id);
    const weights = quantiser && (mode.signWeights || !oneBit) ? fakeQuantiseWeights(seen, quantiser) : seen;
    const sum =
      node.op === 'dense'
        ? tf.matMul(input as tf.Tensor2D, weights as tf.Tensor2D)
        : convolve(input as tf.Tensor4D, weights as tf.Tensor4D, node.attributes, node.op, oneBit ? (options['padding'] as SignPadding) : 'zero');
    const bias = node.weights['bias'];
    return bias === undefined ? sum : addToChannels(sum, this.parameters.variable(bias));
  }

  private shiftOf(node: LayerNode): string {
    const shift = node.weights['shift'];
    if (shift !== undefined) return shift;
    throw new StudioError(`${node.id} takes one-bit inputs but has no threshold.`, { where: node.id, next: 'This is a defect of the studio: the network was not prepared for training.' });
  }

  private normalise(x: tf.Tensor, node: BatchNormNode, mode: SimulationMode, after: Finish, pooled: boolean): tf.Tensor {
    const { gamma, beta, mean, variance } = node.weights;
    const { epsilon } = node.attributes;
    const { observe } = mode;
    if (observe && !this.takesStatistics(node)) return this.scaleChannels(x, node, after);
    if (observe) {
      const report: ObserveStatistics = (batchMean, batchVariance) => observe(node, batchMean, batchVariance);
      const run = pooled ? normaliseAndPool : normaliseBatch;
      return run(x, this.parameters.variable(gamma), this.parameters.variable(beta), epsilon, report, after);
    }
    const [scale, shift] = [gamma, beta].map((id) => this.parameters.variable(id).dataSync() as Float32Array);
    const [gain, offset] = affineOf(this.parameters.statistic(mean), this.parameters.statistic(variance), scale, shift, epsilon);
    return affineChannels(x, gain, offset, after);
  }

  /** Frozen ones keep theirs; without an epsilon it stands for a product and a sum per channel, as importers write them. */
  private takesStatistics({ id, attributes }: BatchNormNode): boolean {
    return attributes.epsilon > 0 && !this.still.has(id);
  }

  /** With the stored statistics, in training: gradients go on to what is before. */
  private scaleChannels(x: tf.Tensor, { attributes, weights }: BatchNormNode, { low, high, grid }: Finish): tf.Tensor {
    const inverse = this.parameters.statistic(weights.variance).map((variance) => 1 / Math.sqrt(variance + attributes.epsilon));
    const gain = tf.mul(this.parameters.variable(weights.gamma), tf.tensor1d(inverse));
    const offset = tf.sub(this.parameters.variable(weights.beta), tf.mul(tf.tensor1d(this.parameters.statistic(weights.mean)), gain));
    const result = limited(tf.add(tf.mul(x, gain), offset), low, high);
    return grid ? putOnGrid(result, grid) : result;
  }
}

/** Frozen layers and the batch norms behind them. */
function stillNodes(groups: readonly Group[], frozen: ReadonlySet<NodeId>): ReadonlySet<NodeId> {
  return new Set(groups.flatMap(({ head, batchNorm }) => (frozen.has(head.id) ? [head.id, ...(batchNorm ? [batchNorm.id] : [])] : [])));
}

const normalises = ({ head, batchNorm }: Group): boolean => batchNorm !== null || head.op === 'batch-norm';

function isHalving({ sizeY, sizeX, strideY, strideX, padTop, padBottom, padLeft, padRight }: PoolAttributes): boolean {
  return sizeY === 2 && sizeX === 2 && strideY === 2 && strideX === 2 && padTop + padBottom + padLeft + padRight === 0;
}

function limited(x: tf.Tensor, low: number, high: number): tf.Tensor {
  return low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY ? x : clipTo(x, low, high);
}

/** 1 ÷ the step of each channel that a layer with a threshold reads, where that was measured and not folded away. */
function inverseStepsOf({ graph }: Model, calibration: Calibration): ReadonlyMap<string, Float32Array> {
  const result = new Map<string, Float32Array>();
  for (const node of graph.nodes) {
    const measured = calibration.values[node.inputs[0]];
    if ('shift' in node.weights && measured) result.set(node.id, completedSteps(measured.twoLevel.halfStep).map((step) => 1 / step));
  }
  return result;
}
