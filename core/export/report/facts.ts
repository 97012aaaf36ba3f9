import { elementCount, layersOf, type Graph, type LayerNode } from '../../graph/graph.ts';
import { hashModel } from '../../graph/print.ts';
import type { TrainingFacts } from '../../project/schema.ts';
import type { OptionValues } from '../../quant/fields.ts';
import type { Program } from '../../runtime/program.ts';
import { choiceOf } from '../../schemes/layer-facts.ts';
import type { SchemeId } from '../../schemes/scheme.ts';
import type { ExportContext, LayerPicture, MeasuredAccuracy, MeasuredSpeed } from '../context.ts';
import { packedLayout } from '../packed/layout.ts';
import { packedFacts } from '../packed/write.ts';

export interface LayerFactsLine {
  readonly name: string;
  readonly op: string;
  readonly kernel: readonly number[];
  readonly scheme: SchemeId;
  readonly options: OptionValues;
  readonly weights: number;
  /** Of kernel and bias as float32. */
  readonly floatBytes: number;
  /** Of everything that the packed file keeps for the layer: codes, scales or thresholds, offsets. */
  readonly bytes: number;
  readonly picture: LayerPicture;
}

/** Everything that a report says, as plain JSON: it stands in the page, and the page is made of nothing else. */
export interface ReportFacts {
  readonly format: 'bitwright-report';
  readonly version: 1;
  readonly name: string;
  readonly source: { readonly name: string; readonly fileName: string | null; readonly hash: string };
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly parameters: number;
  readonly floatBytes: number;
  readonly bytes: number;
  /** Structure, checksum and alignment: what belongs to no layer. */
  readonly headerBytes: number;
  readonly sha256: string;
  readonly layers: readonly LayerFactsLine[];
  readonly data: { readonly name: string; readonly hash: string; readonly testCount: number; readonly classes: number; readonly preprocess: string } | null;
  readonly calibration: { readonly samples: number; readonly split: string | null; readonly images: number } | null;
  readonly training: TrainingFacts | 'unknown' | null;
  readonly accuracy: MeasuredAccuracy | null;
  readonly floatAccuracy: MeasuredAccuracy | null;
  readonly speed: MeasuredSpeed | null;
  readonly command: string | null;
}

const accuracyOf = (measured: MeasuredAccuracy | null): MeasuredAccuracy | null =>
  measured && { count: measured.count, correct: measured.correct, accuracy: measured.accuracy, measure: measured.measure, interval: { low: measured.interval.low, high: measured.interval.high }, divergence: measured.divergence };

function speedOf(measured: MeasuredSpeed | null): MeasuredSpeed | null {
  if (!measured) return null;
  const { milliseconds, floatMilliseconds, ratio, rounds, threads, environment, layers } = measured;
  const { median, lowerQuartile, upperQuartile } = ratio;
  return {
    milliseconds, floatMilliseconds, ratio: { median, lowerQuartile, upperQuartile }, rounds, threads, environment,
    layers: layers.map(({ layer, milliseconds: own, floatMilliseconds: float, kernel }) => ({ layer, milliseconds: own, floatMilliseconds: float, kernel })),
  };
}

function parametersOf({ weights }: Graph): number {
  return Object.values(weights).reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

function layerLine(node: LayerNode, bytes: number, { state, picture }: ExportContext): LayerFactsLine {
  const { graph } = state.model;
  const { shape } = graph.weights[node.weights['kernel']];
  const { scheme, options } = choiceOf(state.plan, node.id);
  const own = Object.values(node.weights).reduce((sum, id) => sum + elementCount(graph.weights[id].shape), 0);
  const { weights, levels, zeroShare, sqnr } = picture(node.id);
  return {
    name: node.id, op: node.op, kernel: shape, scheme, options, weights: elementCount(shape), floatBytes: 4 * own, bytes,
    picture: { weights: { low: weights.low, high: weights.high, counts: weights.counts }, levels: [...levels], zeroShare, sqnr },
  };
}

export function factsOf(program: Program, name: string, context: ExportContext): ReportFacts {
  const { state, reference, sourceName, data, training, measured, command } = context;
  const { network } = program;
  const layout = packedLayout(network);
  const { bytes, sha256 } = packedFacts(program);
  const parameters = parametersOf(reference.graph);
  const shapeOf = (buffer: number): readonly number[] => network.buffers[buffer].shape.slice(1);
  const { calibration } = state;
  return {
    format: 'bitwright-report',
    version: 1,
    name,
    source: { name: reference.graph.name, fileName: sourceName, hash: hashModel(reference) },
    input: shapeOf(network.inputs[0]),
    output: shapeOf(network.outputs[0]),
    parameters,
    floatBytes: 4 * parameters,
    bytes: bytes.length,
    headerBytes: layout.headerBytes,
    sha256,
    layers: layersOf(state.model.graph).map((node) => layerLine(node, layout.nodes[node.id] ?? 0, context)),
    data: data && { name: data.name, hash: data.hash, testCount: data.testCount, classes: data.classes.length, preprocess: data.preprocess.label },
    calibration: calibration.samples === 0 ? null : { samples: calibration.samples, split: data && data.calibrationSplit, images: calibration.images.length / elementCount(state.model.graph.inputs[0].shape) },
    training,
    accuracy: accuracyOf(measured.accuracy),
    floatAccuracy: accuracyOf(measured.floatAccuracy),
    speed: speedOf(measured.speed),
    command,
  };
}
