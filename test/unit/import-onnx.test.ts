import { describe, expect, it } from 'vitest';
import { StudioError } from '../../core/base/errors.ts';
import { isLayer, layersOf, type Graph } from '../../core/graph/graph.ts';
import { multiplyAccumulatesOf } from '../../core/graph/ops.ts';
import { readNetwork, type ReadNetwork } from '../../core/import/index.ts';
import { fromFloat16 } from '../../core/base/float16.ts';
import { writeOnnx, type OnnxModel, type OnnxTensor } from '../fixtures/onnx-writer.ts';

const ones = (...dims: number[]): OnnxTensor => ({ dims, floats: new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1) });
const open = (model: OnnxModel): Promise<ReadNetwork> => readNetwork([{ name: 'net.onnx', bytes: writeOnnx(model) }]);

async function refusal(model: OnnxModel): Promise<StudioError> {
  const error: unknown = await open(model).then(() => null, (reason: unknown) => reason);
  if (error instanceof StudioError) return error;
  throw new Error(`expected a StudioError, not ${String(error)}`);
}

const convolution: OnnxModel = {
  inputs: [{ name: 'x', shape: ['N', 2, 4, 4] }],
  outputs: [{ name: 'y', shape: ['N', 3, 4, 4] }],
  initialisers: { w: ones(3, 2, 1, 1) },
  nodes: [{ op: 'Conv', name: 'first', inputs: ['x', 'w'], outputs: ['y'] }],
};

describe('an ONNX file', () => {
  it('keeps the names of its nodes, and the output name where a node has none or shares it', async () => {
    const { model } = await open({
      ...convolution,
      nodes: [
        { op: 'Conv', name: 'first', inputs: ['x', 'w'], outputs: ['a'] },
        { op: 'Relu', name: '', inputs: ['a'], outputs: ['b'] },
        { op: 'Relu', name: 'twice', inputs: ['b'], outputs: ['c'] },
        { op: 'Tanh', name: 'twice', inputs: ['c'], outputs: ['y'] },
      ],
    });
    expect(model.graph.nodes.map((node) => node.id)).toEqual(['first', 'b', 'c', 'y']);
  });

  it.each(['constructor', '__proto__', 'toString'])('may name a node "%s"', async (name) => {
    const { model } = await open({ ...convolution, nodes: [{ op: 'Conv', name, inputs: ['x', 'w'], outputs: ['y'] }] });
    expect(model.graph.nodes.map((node) => node.op)).toEqual(['conv2d']);
    expect(model.graph.nodes[0].id in {}).toBe(false);
  });

  it('whose limits go in a circle behind a rounding is opened or refused, as any other', async () => {
    const circle: OnnxModel = {
      ...convolution,
      initialisers: { w: ones(3, 2, 1, 1), low: { dims: [], floats: [-1] }, high: { dims: [], floats: [1] } },
      nodes: [
        { op: 'Conv', name: 'first', inputs: ['x', 'w'], outputs: ['c'] },
        { op: 'Round', name: 'whole', inputs: ['c'], outputs: ['v'] },
        { op: 'Clip', name: 'one', inputs: ['v', 'low', 'high'], outputs: ['v'] },
        { op: 'Clip', name: 'two', inputs: ['v', 'low', 'high'], outputs: ['v'] },
        { op: 'Relu', name: 'last', inputs: ['v'], outputs: ['y'] },
      ],
    };
    const outcome: unknown = await open(circle).then(({ model }) => model.graph.nodes[0].id, (error: unknown) => error instanceof StudioError);
    expect(['first', true]).toContain(outcome);
  });

  it('may list its initialisers among the inputs', async () => {
    const { model } = await open({ ...convolution, initialisersAreInputs: true });
    expect(model.graph.inputs).toEqual([{ id: 'x', shape: [1, 4, 4, 2] }]);
  });

  it('may store numbers as lists', async () => {
    const raw = await open(convolution);
    const lists = await open({ ...convolution, initialisers: { w: { ...ones(3, 2, 1, 1), asList: true } } });
    expect(lists.model).toEqual(raw.model);
  });

  it('may store half precision', async () => {
    // 1, −2, 0.5, the smallest subnormal, the largest number, −0.
    const bits = [0x3c00, 0xc000, 0x3800, 0x0001, 0x7bff, 0x8000];
    const { model } = await open({ ...convolution, initialisers: { w: { dims: [3, 2, 1, 1], raw: { type: 10, bytes: new Uint8Array(Uint16Array.from(bits).buffer) } } } });
    // [out, in] in the file, [in, out] in the studio.
    expect([...(model.weights.get('first/kernel') as Float32Array)]).toEqual([1, 0.5, 65504, -2, 2 ** -24, -0]);
    expect(fromFloat16(0x7c00)).toBe(Number.POSITIVE_INFINITY);
  });

  it('is read one sample at a time when it was made for a fixed batch', async () => {
    const { model, folds } = await open({
      inputs: [{ name: 'x', shape: [8, 2, 3, 3] }],
      outputs: [{ name: 'y', shape: [8, 4] }],
      initialisers: { s: { dims: [2], integers: [8, 18] }, w: ones(18, 4) },
      nodes: [
        { op: 'Reshape', inputs: ['x', 's'], outputs: ['f'] },
        { op: 'MatMul', inputs: ['f', 'w'], outputs: ['y'] },
      ],
    });
    expect(model.graph.nodes.at(-1)?.shape).toEqual([1, 4]);
    expect(folds.join(' ')).toContain('batches of 8');
  });

  it('counts one multiply-accumulate a tap', async () => {
    const { model } = await open({ ...convolution, initialisers: { w: ones(3, 2, 3, 3) }, nodes: [{ op: 'Conv', name: 'first', inputs: ['x', 'w'], outputs: ['y'], attributes: { pads: [1, 1, 1, 1], strides: [2, 2] } }] });
    expect(multiplyAccumulatesOf(model.graph.nodes[0], model.graph.weights)).toBe(2 * 2 * 3 * 3 * 2 * 3);
  });

  it('leaves no transpose behind when a flattened image goes into dense layers', async () => {
    const { model } = await open({
      inputs: [{ name: 'x', shape: [1, 2, 3, 4] }],
      outputs: [{ name: 'p', shape: [1, 5] }, { name: 'q', shape: [1, 6] }],
      initialisers: { a: ones(24, 5), b: ones(24, 6) },
      nodes: [
        { op: 'Flatten', inputs: ['x'], outputs: ['f'] },
        { op: 'Gemm', inputs: ['f', 'a'], outputs: ['p'] },
        { op: 'Gemm', inputs: ['f', 'b'], outputs: ['q'] },
      ],
    });
    expect(model.graph.nodes.map((node) => node.op)).toEqual(['reshape', 'dense', 'dense']);
  });
});

describe('an operator that the studio does not run', () => {
  const withUnknown = (valueInfo: OnnxModel['valueInfo']): OnnxModel => ({
    inputs: [{ name: 'x', shape: [1, 2, 4, 4] }],
    outputs: [{ name: 'y', shape: [1, 5, 4, 4] }],
    initialisers: { w: ones(3, 2, 1, 1), v: ones(5, 3, 1, 1) },
    valueInfo,
    nodes: [
      { op: 'Conv', name: 'before', inputs: ['x', 'w'], outputs: ['a'] },
      { op: 'Fancy', name: 'odd', domain: 'com.example', inputs: ['a'], outputs: ['b'] },
      { op: 'Conv', name: 'after', inputs: ['b', 'v'], outputs: ['y'] },
    ],
  });
  const names = (graph: Graph): string[] => graph.nodes.map((node) => `${node.id}:${node.op}`);

  it('is kept by name, with what follows where the file says its shape', async () => {
    const { model } = await open(withUnknown([{ name: 'b', shape: [1, 3, 4, 4] }]));
    expect(names(model.graph)).toEqual(['before:conv2d', 'odd:unknown', 'after:conv2d']);
    expect(model.graph.nodes[1].attributes).toEqual({ sourceOp: 'com.example.Fancy' });
    expect(model.graph.outputs).toEqual(['before']);
  });

  it('ends the network where the file says no shape, with everything before it kept', async () => {
    const { model } = await open(withUnknown([]));
    expect(names(model.graph)).toEqual(['before:conv2d', 'odd:unknown']);
    expect(model.graph.outputs).toEqual(['before']);
    expect(layersOf(model.graph).every(isLayer)).toBe(true);
  });

  it('says why when only its settings are the reason', async () => {
    const { model } = await open({ ...convolution, nodes: [{ op: 'Conv', name: 'first', inputs: ['x', 'w'], outputs: ['a'] }, { op: 'MaxPool', name: 'gaps', inputs: ['a'], outputs: ['y'], attributes: { kernel_shape: [2, 2], dilations: [2, 2] } }] });
    expect(model.graph.nodes[1].attributes).toEqual({ sourceOp: 'MaxPool: pooling with gaps' });
  });

  it('as the first of all is refused by name', async () => {
    const error = await refusal({ ...convolution, nodes: [{ op: 'LSTM', name: 'memory', inputs: ['x'], outputs: ['y'] }] });
    expect(error.message).toBe('net.onnx starts with "memory", an operator that the studio does not run (LSTM).');
  });
});

describe('an ONNX file is refused with the place and the next step when', () => {
  it.each<[string, OnnxModel, RegExp]>([
    ['a weight is not a number', { ...convolution, initialisers: { w: { dims: [3, 2, 1, 1], floats: [1, 1, 1, 1, Number.NaN, 1] } } }, /kernel of layer "first" is NaN at index 2 of 6 \(tensor "first\/kernel"\)/],
    ['a tensor says it is larger than its bytes', { ...convolution, initialisers: { w: { dims: [3, 2, 1000000, 1000000], floats: [1, 2, 3] } } }, /"w" .* has the shape 3×2×1000000×1000000 and needs 6000000000000 numbers, but the file holds 3/],
    ['the kernel does not fit the input', { ...convolution, initialisers: { w: ones(3, 5, 1, 1) } }, /has a kernel for 5 input channels where its input has 2/],
    ['an input is made by nothing', { ...convolution, nodes: [{ op: 'Relu', name: 'lost', inputs: ['nowhere'], outputs: ['y'] }] }, /Node "lost" \(Relu\) .* reads "nowhere", which nothing before it makes/],
    ['height and width are open', { ...convolution, inputs: [{ name: 'x', shape: ['N', 2, 'h', 'w'] }] }, /input "x" .* has no fixed size \(the file says \?×2×\?×\?\)/],
    ['a padding is absurd', { ...convolution, nodes: [{ op: 'Conv', name: 'first', inputs: ['x', 'w'], outputs: ['y'], attributes: { pads: [0, 0, 2 ** 40, 2 ** 40] } }] }, /"first" .* too large to run/],
    ['a stride is zero', { ...convolution, nodes: [{ op: 'Conv', name: 'first', inputs: ['x', 'w'], outputs: ['y'], attributes: { strides: [0, 1] } }] }, /stride or dilation below 1/],
    ['constants grow and grow', { ...convolution, initialisers: { w: ones(3, 2, 1, 1), size: { dims: [1], integers: [2 ** 23] } }, nodes: [...['a', 'b', 'c'].map((output) => ({ op: 'ConstantOfShape', inputs: ['size'], outputs: [output] })), ...convolution.nodes] }, /Node "c" of net\.onnx computes more constants than the file has numbers for/],
    ['the element type is not known', { ...convolution, initialisers: { w: { dims: [3, 2, 1, 1], raw: { type: 99, bytes: new Uint8Array(24) } } } }, /element type 99/],
  ])('%s', async (_, model, pattern) => {
    const error = await refusal(model);
    expect(error.message).toMatch(pattern);
    expect(error.where).toBeTruthy();
    expect(error.next).toBeTruthy();
  });
});
