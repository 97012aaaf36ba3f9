import { encode } from 'flatbuffers/js/flexbuffers.js';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { layersOf } from '../../core/graph/graph.ts';
import { readNetwork } from '../../core/import/index.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { quantiseLayer } from '../../core/runtime/layer-arithmetic.ts';
import { createFloatRuntime, NO_CALIBRATION, watchFloat } from '../../core/runtime/watch.ts';
import { writeTflite } from '../../core/tflite/write.ts';
import { documentOf, type ProjectDocument } from '../../core/project/document.ts';
import { createDocumentCheck, createProjectReader } from '../../core/project/read-document.ts';
import { newProject, ORIGINAL } from '../../renderer/state/edits/new-project.ts';
import { TfliteNetwork } from '../fixtures/tflite-network.ts';

const SEED = 5;
const context = { signal: new AbortController().signal, report: () => {} };
const open = (net: TfliteNetwork, output: number) => readNetwork([{ name: 'case.tflite', bytes: writeTflite(net.build(output)) }]);

/** Signs of a row of channels, one more or less than a word, packed as the engine does. */
function packed(signs: readonly number[][]): number[] {
  return signs.flatMap((row) => Array.from({ length: Math.ceil(row.length / 32) }, (_, word) => row.slice(32 * word, 32 * word + 32).reduce((bits, sign, i) => (sign < 0 ? bits | (1 << i) : bits), 0)));
}

interface Binary {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outputs: number;
  readonly stride: number;
  readonly same: boolean;
  readonly padsOne: boolean;
}

/** [out][tap][channel] */
type Signs = readonly number[][][];

function drawSigns(outputs: number, taps: number, channels: number): Signs {
  const random = createRandom(SEED);
  return Array.from({ length: outputs }, () => Array.from({ length: taps }, () => Array.from({ length: channels }, () => (random.uniform() < 0.5 ? -1 : 1))));
}

/** What the engine's documentation says a binary convolution sums, in whole numbers. */
function sumsOf(x: ArrayLike<number>, kernel: Signs, { height, width, channels, stride, same, padsOne }: Binary): number[][][] {
  const size = (n: number): number => (same ? Math.ceil(n / stride) : Math.floor((n - 3) / stride) + 1);
  const before = (n: number): number => (same ? Math.floor(Math.max(0, (size(n) - 1) * stride + 3 - n) / 2) : 0);
  return Array.from({ length: size(height) }, (_, oy) =>
    Array.from({ length: size(width) }, (_w, ox) =>
      kernel.map((taps) => {
        let sum = 0;
        for (let tap = 0; tap < 9; tap++) {
          const [y, px] = [oy * stride - before(height) + Math.floor(tap / 3), ox * stride - before(width) + (tap % 3)];
          const outside = y < 0 || y >= height || px < 0 || px >= width;
          for (let c = 0; c < channels; c++) {
            const sign = outside ? Number(padsOne) : x[(y * width + px) * channels + c] < 0 ? -1 : 1;
            sum += sign * taps[tap][c];
          }
        }
        return sum;
      }),
    ),
  );
}

const options = ({ channels, stride, same, padsOne }: Binary, activation: number): Uint8Array =>
  encode({ channels_in: channels, dilation_height_factor: 1, dilation_width_factor: 1, fused_activation_function: activation, pad_values: Number(padsOne), padding: same ? 0 : 1, stride_height: stride, stride_width: stride });

/** Numbers of both signs and zeros of both kinds. */
function sampleOf(count: number): Float32Array {
  const random = createRandom(SEED + 1);
  return Float32Array.from({ length: count }, (_, i) => (i % 11 === 0 ? 0 : i % 13 === 0 ? -0 : random.normal() * 10 ** random.integer(-12, 3)));
}

const CASES: readonly (readonly [string, Binary])[] = [
  ['padding of +1', { height: 5, width: 4, channels: 33, outputs: 6, stride: 1, same: true, padsOne: true }],
  ['padding of 0', { height: 5, width: 4, channels: 33, outputs: 6, stride: 1, same: true, padsOne: false }],
  ['padding of +1 and steps', { height: 6, width: 5, channels: 32, outputs: 5, stride: 2, same: true, padsOne: true }],
  ['no padding', { height: 5, width: 6, channels: 7, outputs: 4, stride: 1, same: false, padsOne: true }],
];

describe("Larq's binary convolution", () => {
  test.each(CASES)('with %s: sums, ReLU, multiplier and bias are exact', async (_, shape) => {
    const kernel = drawSigns(shape.outputs, 9, shape.channels);
    const x = sampleOf(shape.height * shape.width * shape.channels);
    const sums = sumsOf(x, kernel, shape);
    const net = new TfliteNetwork(SEED);
    const [factor, term] = [net.normal([shape.outputs]), net.normal([shape.outputs])];
    const words = net.whole(packed(kernel.flat()), [shape.outputs, 3, 3, Math.ceil(shape.channels / 32)]);
    const output = net.custom('LceBconv2d', [net.input(1, shape.height, shape.width, shape.channels), words, net.reals([shape.outputs], factor), net.reals([shape.outputs], term), -1], [1, sums.length, sums[0].length, shape.outputs], options(shape, 1));
    const { model, plan } = await open(net, output);
    expect(model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);
    expect(Object.values(plan)).toEqual([{ scheme: 'xnor', options: { padding: shape.padsOne && shape.same ? 'plus' : 'zero' } }]);
    const expected = sums.flat(2).map((sum, i) => Math.fround(Math.fround(Math.max(0, sum) * factor[i % shape.outputs]) + term[i % shape.outputs]));
    const answer = createFloatRuntime(model).run(x);
    for (const [i, value] of expected.entries()) expect(answer[i]).toBeCloseTo(value, 4);

    // The same in one-bit arithmetic: every channel has both signs over the samples, so its levels are −1 and +1.
    const calibration = await calibrate(model, watchFloat(model), (index) => (index === 0 ? x : x.map((value) => (value < 0 ? 1 : -1))), 2, { observer: 'mse' });
    const program = deploy({ model, plan, calibration });
    expect(program.network.steps.some((step) => step.kind === 'layer' && step.scheme === 'xnor')).toBe(true);
    const deployed = createRuntime(program, createEngine({ variant: 'wasm' })).run(x);
    for (const [i, value] of expected.entries()) expect(deployed[i]).toBeCloseTo(value, 4);
  });

  test('signs that stay packed between the layers are the same network', async () => {
    const shape: Binary = { height: 6, width: 6, channels: 32, outputs: 32, stride: 1, same: true, padsOne: true };
    const kernel = drawSigns(32, 9, 32);
    const x = sampleOf(6 * 6 * 32);
    const random = createRandom(SEED);
    const thresholds = Array.from({ length: 32 }, () => random.integer(130, 160));
    const net = new TfliteNetwork(SEED);
    const words = net.whole(packed(kernel.flat()), [32, 3, 3, 1]);
    const signs = net.custom('LceQuantize', [net.input(1, 6, 6, 32)], [1, 6, 6, 1], new Uint8Array(), 'INT32');
    const pooled = net.custom('LceBMaxPool2d', [signs], [1, 6, 6, 1], encode({ filter_height: 2, filter_width: 2, padding: 0, stride_height: 1, stride_width: 1 }), 'INT32');
    const binary = net.custom('LceBconv2d', [pooled, words, -1, -1, net.whole(thresholds)], [1, 6, 6, 1], options(shape, 0), 'INT32');
    const { model } = await open(net, net.custom('LceDequantize', [binary], [1, 6, 6, 32], new Uint8Array()));
    expect(model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);

    const at = (y: number, column: number, c: number): number => (y < 6 && column < 6 ? x[(y * 6 + column) * 32 + c] : -1);
    const largest = Float32Array.from({ length: 6 * 6 * 32 }, (_, i) => {
      const [c, pixel] = [i % 32, Math.floor(i / 32)];
      const [y, column] = [Math.floor(pixel / 6), pixel % 6];
      return [at(y, column, c), at(y + 1, column, c), at(y, column + 1, c), at(y + 1, column + 1, c)].some((value) => value >= 0) ? 1 : -1;
    });
    // A bit is set, and the sign −1, where more products are negative than the threshold says.
    const expected = sumsOf(largest, kernel, shape).flat(2).map((sum, i) => ((288 - sum) / 2 > thresholds[i % 32] ? -1 : 1));
    expect(new Set(expected)).toEqual(new Set([-1, 1]));
    expect([...createFloatRuntime(model).run(x)]).toEqual(expected);
  });
});

describe('a quantised file', () => {
  test('of a scale a channel has the same codes again in the precision that it opens with', async () => {
    const net = new TfliteNetwork(SEED);
    // Every channel reaches the end of the grid, as converters make them.
    const codes = Array.from({ length: 6 * 3 * 3 * 4 }, (_, i) => (i % 36 === 7 ? -127 : net.integer(-127, 128)));
    const scale = Float32Array.from({ length: 6 }, (_, k) => 0.003 * (k + 1) + 1e-5);
    const kernel = net.codes([6, 3, 3, 4], 'INT8', { scale, zeroPoint: new Int32Array(6), axis: 0 }, codes);
    const { model, plan } = await open(net, net.add('CONV_2D', [net.input(1, 8, 8, 4), kernel, -1], [1, 6, 6, 6], { padding: 1, stride_h: 1, stride_w: 1 }));
    const [layer] = layersOf(model.graph);
    expect(plan[layer.id]).toEqual({ scheme: 'int8', options: { clip: 'maximum' } });
    const quantised = quantiseLayer(model, layer, plan, NO_CALIBRATION);
    // Ours stand as [height, width, in, out].
    expect([...(quantised.codes as Int8Array)]).toEqual(Array.from(codes, (_, i) => codes[(i % 6) * 36 + Math.floor(i / 6)]));
    for (const [k, value] of scale.entries()) expect((quantised.scale as Float32Array)[k] / value).toBeCloseTo(1, 6);
  });

  test('says how its input is read, and its grids are those of the values', async () => {
    const net = new TfliteNetwork(SEED);
    const grid = { scale: 0.5, zeroPoint: 3 };
    const unsigned = net.codedInput([1, 4], 'UINT8', grid);
    const { model, folds, grids } = await open(net, net.add('DEQUANTIZE', [net.add('RELU', [unsigned], [1, 4], {}, 1, 'UINT8')], [1, 4]));
    expect(model.graph.nodes.map(({ op }) => op)).toEqual(['relu']);
    expect(folds[0]).toBe('"input0" is read as real numbers: 0.5 · (code − 3) of the codes that the file takes.');
    // Grids of the studio have codes from −128.
    expect(grids).toEqual({ [model.graph.inputs[0].id]: { scale: 0.5, zeroPoint: -125 } });
    const [value] = model.graph.inputs;
    const calibration = await calibrate(model, watchFloat(model), () => Float32Array.of(1, 2, 3, 4), 1, { observer: 'mse', grids });
    expect(calibration.values[value.id].grid).toEqual({ scale: 0.5, zeroPoint: -125 });
  });
});

describe('a project of a quantised file', () => {
  const quantised = async () => {
    const net = new TfliteNetwork(SEED);
    const kernel = net.codes([2, 3], 'INT8', { scale: Float32Array.of(0.5), zeroPoint: new Int32Array(1), axis: 0 }, [1, 2, 3, -4, 5, 127]);
    const x = net.codedInput([1, 3], 'INT8', { scale: 0.25, zeroPoint: -7 });
    return JOBS.importModel({ files: [{ name: 'case.tflite', bytes: writeTflite(net.build(net.add('FULLY_CONNECTED', [x, kernel, -1], [1, 2], {}, 4, 'INT8'))) }] }, context);
  };

  test('starts with the precisions of the file, beside a float original, and keeps its ranges when it is saved', async () => {
    const imported = await quantised();
    const project = newProject({ imported, data: null, preprocess: 'raw' });
    expect(project.variants[ORIGINAL].plan).toEqual({});
    expect(Object.values(project.variants[project.active].plan)).toEqual([{ scheme: 'int8', options: { clip: 'mse' } }]);
    expect(Object.values(project.source.grids ?? {})).toEqual([{ scale: 0.25, zeroPoint: -7 }]);
    const graphs = new Map([[imported.hash, imported.model.graph]]);
    const document = JSON.parse(JSON.stringify(documentOf(project))) as ProjectDocument;
    expect(createDocumentCheck(graphs)(document)).toBeNull();
    expect(createProjectReader(graphs)(document)).toEqual(project);
  });

  test('is refused with a range that is none', async () => {
    const imported = await quantised();
    const project = newProject({ imported, data: null, preprocess: 'raw' });
    const document = documentOf({ ...project, source: { ...project.source, grids: { x: { scale: 0, zeroPoint: 0 } } } });
    expect(createDocumentCheck(new Map([[imported.hash, imported.model.graph]]))(document)).toContain('scale is not positive');
  });
});

describe('what the studio does not run', () => {
  test('stays in the graph under its name, and what is before it runs', async () => {
    const net = new TfliteNetwork(SEED);
    const rectified = net.add('RELU', [net.input(1, 4, 4, 2)], [1, 4, 4, 2]);
    const { model, plan } = await open(net, net.add('TANH', [net.add('HARD_SWISH', [rectified], [1, 4, 4, 2])], [1, 4, 4, 2]));
    expect(model.graph.nodes.map(({ op }) => op)).toEqual(['relu', 'unknown', 'tanh']);
    expect(model.graph.nodes[1].attributes).toEqual({ sourceOp: 'HARD_SWISH' });
    expect(plan).toEqual({});
  });

  const image = [1, 4, 4, 4];
  test.each<[string, (net: TfliteNetwork, x: number) => number, string]>([
    ['a convolution in groups', (net, x) => net.add('CONV_2D', [x, net.reals([4, 3, 3, 2]), -1], image, { stride_h: 1, stride_w: 1 }), 'CONV_2D: a convolution in 2 groups'],
    ['a stride of zero', (net, x) => net.add('MAX_POOL_2D', [x], image, { filter_height: 2, filter_width: 2 }), 'MAX_POOL_2D: the stride 0×0'],
    ['a reshape that mixes samples', (net, x) => net.add('RESHAPE', [x, net.whole([8, 8])], [8, 8]), 'RESHAPE: a reshape to 8×8 that mixes samples'],
    ['padding with a number', (net, x) => net.add('PADV2', [x, net.whole([0, 0, 1, 1, 1, 1, 0, 0], [4, 2]), net.reals([], [1])], [1, 6, 6, 4]), 'PADV2: padding with 1'],
    ['shuffled weights', (net, x) => net.add('FULLY_CONNECTED', [x, net.reals([2, 64]), -1], [1, 2], { weights_format: 1 }), 'FULLY_CONNECTED: shuffled weights'],
    ['a custom operator', (net, x) => net.custom('TFLite_Detection_PostProcess', [x], image, new Uint8Array(4)), 'TFLite_Detection_PostProcess'],
    ['a binary layer with unreadable options', (net, x) => net.custom('LceBconv2d', [x, net.whole([1], [1, 1, 1, 1]), -1, -1], [1, 4, 4, 1], Uint8Array.of(255, 255, 255)), 'LceBconv2d: options that cannot be read'],
  ])('is told for %s', async (_, build, reason) => {
    const net = new TfliteNetwork(SEED);
    const { report } = await JOBS.importModel({ files: [{ name: 'case.tflite', bytes: writeTflite(net.build(build(net, net.add('RELU', [net.input(...image)], image)))) }] }, context);
    expect(report.unknown.map(({ op }) => op)).toEqual([reason]);
    expect(report.runs).toBe(true);
  });
});
