import { RecentMap } from '../base/recent-map.ts';
import { elementCount, layersOf, type LayerNode, type Model, type NodeId } from '../graph/graph.ts';
import type { LayerGeometry } from '../kernels/kernel.ts';
import { codeImages, measuredImages, type Calibration, type TrainedScale } from '../quant/calibration.ts';
import { searchCodes, type Alphabet } from '../quant/code-search.ts';
import { covarianceOf, covarianceOfSigns, signCorrelations, type Covariance } from '../quant/covariance.ts';
import { SCHEMES } from '../schemes/index.ts';
import { choiceOf } from '../schemes/layer-facts.ts';
import type { Plan, SchemeId } from '../schemes/scheme.ts';
import { geometryOf } from './geometry.ts';
import { foldTwoLevel, quantiseKernel, statisticsOf, weightsOf } from './layer-arithmetic.ts';
import { shapeOf } from './lower.ts';
import { ObservedPlaces, type Places } from './observed-places.ts';
import { watchFloat } from './watch.ts';

/** The search takes the square of the fan-in, in time and memory. */
const MOST_INPUTS = 1152;
/** Multiply-accumulates that a Gram matrix may take: they decide how many places a layer is observed at. */
const GRAM_WORK = 4e8;
const [FEWEST_ROWS, MOST_ROWS, MOST_SIGN_ROWS] = [512, 2048, 4096];
/** Below so many places for each weight, signs would fit the images instead of the layer. */
const SIGN_ROWS_PER_INPUT = 2;
/** From here on rounding hardly matters. */
const COARSE_BITS = 4;

/** A layer whose codes are looked for. */
interface Sought {
  readonly node: LayerNode;
  readonly scheme: SchemeId;
  readonly geometry: LayerGeometry;
  readonly alphabet: Alphabet;
  readonly reads: 'values' | 'signs';
  readonly places: Places;
  /** Names layer and observations; with the scheme and its options, the codes. */
  readonly observedKey: string;
  readonly key: string;
}

interface Fit {
  readonly kernel: Float32Array;
  /** Null: by the scheme's formula. */
  readonly scale: TrainedScale | null;
}

/** Kernels are immutable: what was found for one is kept as long as it lives. */
const fits = new WeakMap<Float32Array, Map<string, Fit>>();

interface Observed {
  readonly covariance: Covariance;
  readonly correlations: Float64Array | null;
}

/** The rungs of one layer are tried one after the other: they see the same inputs. */
const observed = new RecentMap<string, Observed>(4);

function seek(model: Model, node: LayerNode, plan: Plan, calibration: Calibration, images: number): Sought | null {
  const { scheme, options } = choiceOf(plan, node.id);
  const row = SCHEMES[scheme];
  if (!row.weights || row.bitsPerWeight > COARSE_BITS || row.weights.levels(options) === 2) return null;
  // Training has found its own codes; a depthwise filter has few weights, and each channel inputs of its own.
  if (node.op === 'depthwise-conv2d' || calibration.weightScales?.[node.id] || node.weights['shift'] !== undefined) return null;
  const geometry = geometryOf(model.graph, node, shapeOf(model.graph, node.inputs[0]));
  const inputs = geometry.kernelHeight * geometry.kernelWidth * geometry.inputChannels;
  if (inputs > MOST_INPUTS) return null;
  const reads = row.inputFormat(options) === 'sign' ? 'signs' : 'values';
  const most = reads === 'signs' ? MOST_SIGN_ROWS : Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, Math.floor((2 * GRAM_WORK) / inputs ** 2)));
  const places: Places = { inputs, images, perImage: geometry.outputHeight * geometry.outputWidth, most, padsPlus: options['padding'] === 'plus' };
  if (reads === 'signs' && Math.min(most, images * places.perImage) < SIGN_ROWS_PER_INPUT * inputs) return null;
  const observedKey = `${calibration.hash}/${codeImages(calibration).length}/${node.id}/${reads}/${places.padsPlus}`;
  const alphabet = { largest: row.largestCode, zero: row.bitsPerWeight > 1 };
  return { node, scheme, geometry, alphabet, reads, places, observedKey, key: `${observedKey}/${scheme}/${JSON.stringify(options)}` };
}

const kernelOf = (model: Model, { node }: Sought): Float32Array => weightsOf(model, node, 'kernel') as Float32Array;

/** Layers observed in one pass of the float network: more would hold more of their inputs in memory at a time. */
const AT_A_TIME = 8;

function soughtIn(model: Model, plan: Plan, calibration: Calibration): readonly Sought[] {
  const images = measuredImages(Math.floor(codeImages(calibration).length / elementCount(model.graph.inputs[0].shape)));
  return images === 0 ? [] : layersOf(model.graph).flatMap((node) => seek(model, node, plan, calibration, images) ?? []);
}

const known = (model: Model, one: Sought): Fit | undefined => fits.get(kernelOf(model, one))?.get(one.key);

/** Finds what is not known yet; yields wherever the caller may do something else. */
function* fitMissing(model: Model, plan: Plan, calibration: Calibration, sought: readonly Sought[]): Generator<void> {
  const missing = sought.filter((one) => known(model, one) === undefined);
  for (let at = 0; at < missing.length; at += AT_A_TIME) {
    const some = missing.slice(at, at + AT_A_TIME);
    const inputsOf = yield* observe(model, calibration, some);
    for (const one of some) {
      const kernel = kernelOf(model, one);
      fits.set(kernel, (fits.get(kernel) ?? new Map<string, Fit>()).set(one.key, fit(model, plan, calibration, one, inputsOf(one))));
      yield;
    }
  }
}

/** Finds the codes of a plan before it is deployed, for callers who are not to hold up messages for so long. */
export async function fitCodesAhead(model: Model, plan: Plan, calibration: Calibration, breathe: () => Promise<void>): Promise<void> {
  for (const _ of fitMissing(model, plan, calibration, soughtIn(model, plan, calibration))) await breathe();
}

/**
 * The model with the codes that serve its coarse layers best before any training, and the scales that go with them: codes by a
 * layer's result instead of its weights, over the calibration's images. A layer that was trained keeps its own codes, and so does one
 * of very many inputs.
 */
export function fitCodes(model: Model, plan: Plan, calibration: Calibration): { readonly model: Model; readonly calibration: Calibration } {
  const sought = soughtIn(model, plan, calibration);
  if (sought.length === 0) return { model, calibration };
  const fitting = fitMissing(model, plan, calibration, sought);
  while (!fitting.next().done);
  const weights = new Map(model.weights);
  const weightScales: Record<NodeId, TrainedScale> = { ...calibration.weightScales };
  for (const one of sought) {
    const found = known(model, one);
    if (!found) continue;
    weights.set(one.node.weights['kernel'], found.kernel);
    if (found.scale) weightScales[one.node.id] = found.scale;
  }
  return { model: { graph: model.graph, weights }, calibration: { ...calibration, weightScales } };
}

function fit(model: Model, plan: Plan, calibration: Calibration, one: Sought, { covariance, correlations }: Observed): Fit {
  const { node, geometry, alphabet, scheme } = one;
  const { outputChannels: channels } = geometry;
  const kernel = kernelOf(model, one);
  const read = one.reads === 'signs' ? foldTwoLevel(kernel, channels, statisticsOf(calibration, node.inputs[0], model.graph).twoLevel).kernel : kernel;
  const { codes, scale } = searchCodes(covariance, read, quantiseKernel(read, channels, plan, node.id, calibration), alphabet, correlations);
  // The levels of one-bit inputs are folded into the weights, whose magnitudes carry them: only their signs are chosen.
  if (one.reads === 'signs') return { kernel: kernel.map((w, i) => codes[i] * Math.abs(w)), scale: null };
  return { kernel: Float32Array.from(codes, (code, i) => code * scale[i % channels]), scale: { scheme, scale } };
}

/** What the layers read, off one pass of the float network: on the instructions that every machine has, so that all find the same. */
function* observe(model: Model, calibration: Calibration, layers: readonly Sought[]): Generator<void, (one: Sought) => Observed> {
  const size = elementCount(model.graph.inputs[0].shape);
  // By reference, not through the cache: it may hold fewer than are looked at here.
  const found = new Map<string, Observed>();
  const unseen = layers.filter(({ observedKey }) => {
    const before = observed.get(observedKey);
    if (before) found.set(observedKey, before);
    return !before;
  });
  if (unseen.length > 0) {
    const float = watchFloat(model, 'simd');
    const results = new Map<NodeId, Float32Array>();
    const places = unseen.map((one) => {
      const centre = one.reads === 'signs' ? statisticsOf(calibration, one.node.inputs[0], model.graph).twoLevel.centre : null;
      return new ObservedPlaces(one.geometry, one.places, centre);
    });
    float.onLayer((layer, values) => {
      if (unseen.some(({ node, reads }) => node.id === layer && reads === 'signs')) results.set(layer, values.slice());
    });
    const inputs = unseen.map(({ node }) => float.values.find(({ id }) => id === node.inputs[0]));
    const last = Math.max(...places.map((place) => place.images));
    for (let image = 0; image < last; image++) {
      float.run(codeImages(calibration).subarray(image * size, (image + 1) * size));
      unseen.forEach(({ node }, i) => {
        const input = inputs[i];
        if (input) places[i].add(image, input.view(), results.get(node.id) ?? null);
      });
      yield;
    }
    for (const [i, one] of unseen.entries()) {
      const seen = finish(places[i], one);
      found.set(one.observedKey, seen);
      observed.set(one.observedKey, seen);
      yield;
    }
  }
  return ({ observedKey }) => found.get(observedKey) as Observed;
}

function finish(places: ObservedPlaces, { geometry }: Sought): Observed {
  const { signs, values, targets, inputs } = places;
  if (values) return { covariance: covarianceOf(values, inputs), correlations: null };
  return { covariance: covarianceOfSigns(signs), correlations: signCorrelations(signs, targets, geometry.outputChannels) };
}
