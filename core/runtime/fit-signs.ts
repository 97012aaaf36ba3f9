import { elementCount, layersOf, type LayerNode, type Model, type NodeId, type WeightId } from '../graph/graph.ts';
import { measuredImages, type Calibration } from '../quant/calibration.ts';
import { searchSigns, type SignObservations } from '../quant/sign-search.ts';
import { SCHEMES } from '../schemes/index.ts';
import { choiceOf } from '../schemes/layer-facts.ts';
import type { Plan } from '../schemes/scheme.ts';
import { geometryOf } from './geometry.ts';
import { foldTwoLevel, statisticsOf, weightsOf } from './layer-arithmetic.ts';
import { shapeOf } from './lower.ts';
import { watchFloat } from './watch.ts';

/** Places that a layer is observed at, over all images. */
const MOST_ROWS = 4096;
/** Fewer places than this for each weight would fit the images instead of the layer. */
const ROWS_PER_INPUT = 2;
/** The search takes the square of the fan-in: some 0.5 s at this one. */
const MOST_INPUTS = 1152;

/** Kernels are immutable: what was found for one is kept as long as it lives. */
const found = new WeakMap<Float32Array, Map<string, Float32Array>>();

interface Fitted {
  readonly node: LayerNode;
  readonly kernel: Float32Array;
  readonly rows: number;
  readonly padded: boolean;
  readonly key: string;
}

function placesOf(model: Model, node: LayerNode, images: number): { readonly inputs: number; readonly places: number } {
  const { kernelHeight, kernelWidth, inputChannels, outputHeight, outputWidth } = geometryOf(model.graph, node, shapeOf(model.graph, node.inputs[0]));
  return { inputs: kernelHeight * kernelWidth * inputChannels, places: images * outputHeight * outputWidth };
}

function candidate(model: Model, node: LayerNode, { scheme, options }: ReturnType<typeof choiceOf>, calibration: Calibration, images: number): Fitted | null {
  const row = SCHEMES[scheme];
  // Training has found its own signs; a depthwise filter sums too few.
  if (row.inputFormat(options) !== 'sign' || row.largestCode !== 1 || node.op === 'depthwise-conv2d') return null;
  if (calibration.weightScales?.[node.id] || node.weights['shift'] !== undefined) return null;
  const { inputs, places } = placesOf(model, node, images);
  const rows = Math.min(places, MOST_ROWS);
  if (inputs > MOST_INPUTS || rows < ROWS_PER_INPUT * inputs) return null;
  const padded = options['padding'] === 'plus';
  const kernel = weightsOf(model, node, 'kernel') as Float32Array;
  return { node, kernel, rows, padded, key: `${calibration.hash}/${calibration.images.length}/${node.id}/${padded}` };
}

/** Reads signs and results off the float network, at places spread over all images. */
class Observer {
  readonly fitted: Fitted;
  private readonly observations: SignObservations & { readonly targets: Float32Array };
  private readonly geometry;
  private readonly centre: Float32Array;
  private readonly pixels: number;
  private readonly stride: number;
  private row = 0;

  constructor(model: Model, calibration: Calibration, fitted: Fitted, images: number) {
    this.fitted = fitted;
    this.geometry = geometryOf(model.graph, fitted.node, shapeOf(model.graph, fitted.node.inputs[0]));
    this.centre = statisticsOf(calibration, fitted.node.inputs[0], model.graph).twoLevel.centre;
    const { inputs, places } = placesOf(model, fitted.node, images);
    this.pixels = places / images;
    this.stride = places / fitted.rows;
    const targets = new Float32Array(fitted.rows * this.geometry.outputChannels);
    this.observations = { inputs, rows: fitted.rows, columns: new Uint32Array(inputs * Math.ceil(fitted.rows / 32)), targets };
  }

  add(image: number, input: Float32Array, output: Float32Array): void {
    const { outputWidth, outputChannels } = this.geometry;
    for (; this.row < this.fitted.rows; this.row++) {
      const place = Math.floor(this.row * this.stride);
      if (place >= (image + 1) * this.pixels) return;
      const pixel = place - image * this.pixels;
      this.observations.targets.set(output.subarray(pixel * outputChannels, (pixel + 1) * outputChannels), this.row * outputChannels);
      this.addSigns(Math.floor(pixel / outputWidth), pixel % outputWidth, input);
    }
  }

  private addSigns(oy: number, ox: number, input: Float32Array): void {
    const g = this.geometry;
    const { columns, rows } = this.observations;
    const words = Math.ceil(rows / 32);
    const [word, bit] = [this.row >>> 5, 1 << (this.row & 31)];
    const { centre } = this;
    let column = 0;
    for (let ky = 0; ky < g.kernelHeight; ky++) {
      const y = oy * g.strideY + ky * g.dilationY - g.padTop;
      for (let kx = 0; kx < g.kernelWidth; kx++) {
        const x = ox * g.strideX + kx * g.dilationX - g.padLeft;
        const inside = y >= 0 && y < g.inputHeight && x >= 0 && x < g.inputWidth;
        const from = (y * g.inputWidth + x) * g.inputChannels;
        for (let c = 0; c < g.inputChannels; c++, column++) {
          const plus = inside ? input[from + c] >= centre[(from + c) % centre.length] : this.fitted.padded;
          if (plus) columns[column * words + word] |= bit;
        }
      }
    }
  }

  finish(calibration: Calibration, model: Model): Float32Array {
    const { node, kernel } = this.fitted;
    const { outputChannels } = this.geometry;
    const folded = foldTwoLevel(kernel, outputChannels, statisticsOf(calibration, node.inputs[0], model.graph).twoLevel).kernel;
    const signs = searchSigns(folded, outputChannels, this.observations);
    return kernel.map((w, i) => signs[i] * Math.abs(w));
  }
}

/**
 * The model with the signs that serve its one-bit layers best before any training: those whose sums over the layer's one-bit
 * inputs are nearest to the float layer's result on the calibration's images. A layer that was trained keeps its own, and so does
 * one with more weights than places to observe it at. Magnitudes stay, and with them every scale.
 */
export function fitSigns(model: Model, plan: Plan, calibration: Calibration): Model {
  const size = elementCount(model.graph.inputs[0].shape);
  const images = measuredImages(Math.floor(calibration.images.length / size));
  if (images === 0) return model;
  const fitted = layersOf(model.graph).flatMap((node) => candidate(model, node, choiceOf(plan, node.id), calibration, images) ?? []);
  if (fitted.length === 0) return model;
  const known = ({ kernel, key }: Fitted): Float32Array | undefined => found.get(kernel)?.get(key);
  const missing = fitted.filter((one) => known(one) === undefined);
  if (missing.length > 0) observe(model, calibration, missing, images, size);
  const changed = fitted.map((one): readonly [WeightId, Float32Array] => [one.node.weights['kernel'], known(one) ?? one.kernel]);
  return { graph: model.graph, weights: new Map([...model.weights, ...changed]) };
}

function observe(model: Model, calibration: Calibration, missing: readonly Fitted[], images: number, size: number): void {
  const float = watchFloat(model);
  const observers = new Map<NodeId, Observer>(missing.map((one) => [one.node.id, new Observer(model, calibration, one, images)]));
  const inputs = new Map(missing.map(({ node }) => [node.id, float.values.find(({ id }) => id === node.inputs[0])]));
  const outputs = new Map<NodeId, Float32Array>();
  float.onLayer((layer, values) => {
    if (observers.has(layer)) outputs.set(layer, values.slice());
  });
  for (let image = 0; image < images; image++) {
    float.run(calibration.images.subarray(image * size, (image + 1) * size));
    for (const [layer, observer] of observers) {
      const [input, output] = [inputs.get(layer)?.view(), outputs.get(layer)];
      if (input && output) observer.add(image, input, output);
    }
  }
  for (const observer of observers.values()) {
    const { kernel, key } = observer.fitted;
    found.set(kernel, (found.get(kernel) ?? new Map()).set(key, observer.finish(calibration, model)));
  }
}
