import { StudioError } from '../../base/errors.ts';
import { isLayer, layersOf, type LayerNode, type Model, type NodeId } from '../../graph/graph.ts';
import { arrayOps, fullTensor } from '../../quant/array-ops.ts';
import type { Calibration, LayerStatistics, ValueStatistics } from '../../quant/calibration.ts';
import type { OptionValues } from '../../quant/fields.ts';
import { groupsOf, type Group } from '../../runtime/formats.ts';
import { foldTwoLevel, groupAffine, quantiseKernel, weightsOf, type ChannelAffine } from '../../runtime/layer-arithmetic.ts';
import { SCHEMES } from '../../schemes/index.ts';
import { choiceOf, layerFacts } from '../../schemes/layer-facts.ts';
import type { InputFormat, LayerFacts, Plan, SchemeId } from '../../schemes/scheme.ts';
import type { OutputNoise } from './output-noise.ts';
import { weightDecibels } from '../../quant/signal-to-noise.ts';
import { channelNoise, channelPeaks, weightPicture, type CodedWeights, type WeightPicture } from './weight-picture.ts';

/** Everything that rules read of one layer under its choice: weights and codes as they are deployed, and what calibration saw. */
export interface LayerEvidence {
  readonly node: LayerNode;
  readonly facts: LayerFacts;
  readonly scheme: SchemeId;
  readonly options: OptionValues;
  /** The network's answer comes from this layer. */
  readonly isLast: boolean;
  /** The kernel that is quantised: for a fitted one-bit input, with the steps of that input folded in. */
  readonly coded: CodedWeights;
  readonly picture: WeightPicture;
  /** By output channel: SQNR of the weights in dB, and largest magnitude. */
  readonly channelSqnr: Float32Array;
  readonly channelPeak: Float32Array;
  readonly inputFormat: InputFormat;
  /** Null before calibration. */
  readonly input: ValueStatistics | null;
  readonly inputClippedShare: number;
  /** One-bit inputs whose thresholds were trained, by channel of the input. */
  readonly trainedThresholds: Float32Array | null;
  readonly group: Group;
  /** What follows the layer in its own step: batch norm, else nothing. */
  readonly affine: ChannelAffine;
  /** Of the layer's result behind batch norm and before its activation, in the float network. */
  readonly result: LayerStatistics | null;
  /** int8 step of the stored result. */
  readonly resultStep: number | null;
  /** A batch norm or a bias can take up what moves. */
  readonly canCorrect: boolean;
  readonly output: OutputNoise | null;
}

export interface EvidenceSource {
  readonly model: Model;
  readonly plan: Plan;
  readonly calibration: Calibration;
}

export function layerNode({ model }: Pick<EvidenceSource, 'model'>, layer: NodeId): LayerNode {
  const node = model.graph.nodes.find((candidate) => candidate.id === layer);
  if (!node || !isLayer(node)) throw new StudioError(`There is no layer "${layer}" in this network.`, { where: model.graph.name });
  return node;
}

interface LayerWeights {
  readonly coded: CodedWeights;
  readonly trainedThresholds: Float32Array | null;
}

/** Codes and scales of a layer as the deployed network has them before any re-estimation, which leaves kernels alone. */
export function codedWeights(source: EvidenceSource, node: LayerNode): LayerWeights {
  const { model, plan, calibration } = source;
  const { scheme, options } = choiceOf(plan, node.id);
  const { outputChannels: channels } = layerFacts(model.graph, node);
  const own = weightsOf(model, node, 'kernel') as Float32Array;
  const shift = weightsOf(model, node, 'shift');
  const input = calibration.values[node.inputs[0]];
  const folds = SCHEMES[scheme].inputFormat(options) === 'sign' && shift === null && input !== undefined;
  const kernel = folds ? foldTwoLevel(own, channels, input.twoLevel).kernel : own;
  const quantised = SCHEMES[scheme].weights ? quantiseKernel(kernel, channels, plan, node.id, calibration) : null;
  return { coded: { kernel, channels, scheme, options, quantised }, trainedThresholds: shift && shift.map((each) => -each) };
}

/** SQNR in dB of weights [fanIn, channels] under a scheme's own formula; null for float32. */
export function sqnrUnder(kernel: Float32Array, channels: number, scheme: SchemeId, options: OptionValues): number | null {
  const formula = SCHEMES[scheme].weights;
  if (!formula) return null;
  const weights = fullTensor(kernel, channels);
  const scale = formula.scale(arrayOps, weights, options);
  const { codes } = formula.codes(arrayOps, weights, scale, options);
  return weightDecibels(kernel, codes.data, scale.data);
}

/** Ends of the int8 grid of a value, in real units. */
export function gridEnds({ grid }: ValueStatistics): { readonly low: number; readonly high: number } {
  return { low: (-128 - grid.zeroPoint) * grid.scale, high: (127 - grid.zeroPoint) * grid.scale };
}

export function clippedInputs(statistics: ValueStatistics): number {
  const { low, high } = gridEnds(statistics);
  const { histogram } = statistics;
  const width = (histogram.high - histogram.low) / histogram.counts.length;
  let outside = 0;
  let total = 0;
  histogram.counts.forEach((count, i) => {
    const from = histogram.low + i * width;
    total += count;
    if (from >= high || from + width <= low) outside += count;
  });
  return total > 0 ? outside / total : 0;
}

export function evidenceOf(source: EvidenceSource, layer: NodeId, output: OutputNoise | null): LayerEvidence {
  const { model, plan, calibration } = source;
  const node = layerNode(source, layer);
  const { scheme, options } = choiceOf(plan, layer);
  const facts = layerFacts(model.graph, node);
  const { coded, trainedThresholds } = codedWeights(source, node);
  const input = calibration.values[node.inputs[0]] ?? null;
  const inputFormat = SCHEMES[scheme].inputFormat(options);
  const group = groupsOf(model.graph).find((candidate) => candidate.head.id === layer) as Group;
  return {
    node,
    facts,
    scheme,
    options,
    isLast: layersOf(model.graph).at(-1)?.id === layer,
    coded,
    picture: weightPicture(coded, null),
    channelSqnr: channelNoise(coded),
    channelPeak: channelPeaks(coded.kernel, coded.channels),
    inputFormat,
    input,
    inputClippedShare: inputFormat === 'int8' && input ? clippedInputs(input) : 0,
    trainedThresholds,
    group,
    affine: groupAffine(model, group, facts.outputChannels),
    result: calibration.layers[layer] ?? null,
    resultStep: calibration.values[group.result]?.grid.scale ?? null,
    canCorrect: group.batchNorm !== null || node.weights['bias'] !== undefined,
    output,
  };
}
