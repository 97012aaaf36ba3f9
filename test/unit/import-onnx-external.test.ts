import { describe, expect, it, test } from 'vitest';
import { StudioError } from '../../core/base/errors.ts';
import type { NamedFile } from '../../core/data/data-set.ts';
import { readNetwork } from '../../core/import/index.ts';
import { writeOnnx, type OnnxNode, type OnnxTensor } from '../fixtures/onnx-writer.ts';

const FLOAT = 1;
const KERNEL = Float32Array.of(1, 2, 3, 4, 5, 6);

/** A convolution whose kernel [3, 2, 1, 1] lies where the entries say. */
function network(entries: Readonly<Record<string, string>>): NamedFile {
  const w: OnnxTensor = { dims: [3, 2, 1, 1], external: { type: FLOAT, entries } };
  const bytes = writeOnnx({
    inputs: [{ name: 'x', shape: ['N', 2, 4, 4] }],
    outputs: [{ name: 'y', shape: ['N', 3, 4, 4] }],
    initialisers: { w },
    nodes: [{ op: 'Conv', name: 'first', inputs: ['x', 'w'], outputs: ['y'] }],
  });
  return { name: 'net.onnx', bytes };
}

/** 8 bytes, then the kernel, then 4 bytes. */
function tensors(name: string): NamedFile {
  const bytes = new Uint8Array(8 + KERNEL.byteLength + 4);
  bytes.set(new Uint8Array(KERNEL.buffer), 8);
  return { name, bytes };
}

const PLACE = { location: 'net.onnx.data', offset: '8', length: '24' };

async function refusal(files: readonly NamedFile[]): Promise<StudioError> {
  const error: unknown = await readNetwork(files).then(() => null, (reason: unknown) => reason);
  if (error instanceof StudioError) return error;
  throw new Error(`expected a StudioError, not ${String(error)}`);
}

describe('weights beside an ONNX file', () => {
  it.each([
    ['by the name that the file says', PLACE, 'net.onnx.data'],
    ['with a dot before it', { ...PLACE, location: './net.onnx.data' }, 'net.onnx.data'],
    ['in a folder that was given with them', { ...PLACE, location: 'weights/w.bin' }, 'model/weights/w.bin'],
    ['chosen one by one from a folder', { ...PLACE, location: 'weights/w.bin' }, 'w.bin'],
    ['without a length', { location: 'net.onnx.data', offset: '8' }, 'net.onnx.data'],
  ])('are found %s', async (_, entries, name) => {
    const { model } = await readNetwork([network(entries), tensors(name)]);
    expect([...(model.weights.get('first/kernel') ?? [])]).toEqual([1, 3, 5, 2, 4, 6]);
  });

  it('may be named before the network', async () => {
    const { fileName } = await readNetwork([tensors('net.onnx.data'), network(PLACE)]);
    expect(fileName).toBe('net.onnx');
  });

  it.each([
    ['the other file was not given', [network(PLACE)], /keeps its numbers in "net\.onnx\.data", which was not given/],
    ['the place leads out of the folder', [network({ ...PLACE, location: '../net.onnx.data' }), tensors('net.onnx.data')], /keeps its numbers in "\.\.\/net\.onnx\.data", which is no file beside it/],
    ['the place is absolute', [network({ ...PLACE, location: '/etc/net.onnx.data' }), tensors('net.onnx.data')], /no file beside it/],
    ['the place names a drive', [network({ ...PLACE, location: 'C:\\net.onnx.data' }), tensors('net.onnx.data')], /no file beside it/],
    ['there is no place', [network({}), tensors('net.onnx.data')], /no file beside it/],
    ['the bytes end before', [network({ ...PLACE, offset: '16' }), tensors('net.onnx.data')], /needs 24 bytes from byte 16 of "net\.onnx\.data" \(it says 24\), which has 36/],
    ['the length is another', [network({ ...PLACE, length: '20' }), tensors('net.onnx.data')], /needs 24 bytes from byte 8 .* \(it says 20\)/],
    ['the offset is no number', [network({ ...PLACE, offset: '-8' }), tensors('net.onnx.data')], /needs 24 bytes from byte -8/],
    ['the offset is absurd', [network({ ...PLACE, offset: '9'.repeat(40) }), tensors('net.onnx.data')], /needs 24 bytes/],
  ])('are refused with place and next step where %s', async (_, files, pattern) => {
    const error = await refusal(files);
    expect(error.message).toMatch(pattern);
    expect(error.where).toBeTruthy();
    expect(error.next).toBeTruthy();
  });
});

describe('operators that hold graphs or a memory', () => {
  const body: readonly OnnxNode[] = [{ op: 'Relu', inputs: ['inside'], outputs: ['result'] }];
  it.each([
    ['If', { then_branch: { graph: body }, else_branch: { graph: body } }],
    ['Loop', { body: { graph: body } }],
    ['LSTM', { hidden_size: 4 }],
  ])('%s: the file opens, says so, and keeps what comes before', async (op, attributes) => {
    const bytes = writeOnnx({
      inputs: [{ name: 'x', shape: [1, 2, 4, 4] }],
      outputs: [{ name: 'y', shape: [1, 4] }],
      initialisers: { w: { dims: [3, 2, 1, 1], floats: KERNEL } },
      nodes: [
        { op: 'Conv', name: 'first', inputs: ['x', 'w'], outputs: ['a'] },
        { op, name: 'inner', inputs: ['a'], outputs: ['y'], attributes },
        { op: 'Relu', name: 'after', inputs: ['y'], outputs: ['z'] },
      ],
    });
    const { model } = await readNetwork([{ name: 'net.onnx', bytes }]);
    expect(model.graph.nodes.slice(0, 2).map(({ id, op: kind }) => [id, kind])).toEqual([['first', 'conv2d'], ['inner', 'unknown']]);
    expect(model.graph.nodes[1].attributes).toEqual({ sourceOp: op });
    expect(model.graph.outputs).toEqual(['first']);
  });
});

test('numbers in bfloat16, int4 and uint4 are read', async () => {
  const raw = (type: number, ...bytes: number[]): OnnxTensor['raw'] => ({ type, bytes: Uint8Array.from(bytes) });
  const kernelOf = async (w: OnnxTensor, nodes: readonly OnnxNode[] = [], kernel = 'w'): Promise<number[]> => {
    const bytes = writeOnnx({
      opset: 21,
      inputs: [{ name: 'x', shape: [1, 2] }],
      outputs: [{ name: 'y', shape: [1, 2] }],
      initialisers: { w, s: { dims: [], floats: [0.5] } },
      nodes: [...nodes, { op: 'Gemm', name: 'first', inputs: ['x', kernel], outputs: ['y'] }],
    });
    const { model, plan } = await readNetwork([{ name: 'net.onnx', bytes }]);
    if (nodes.length > 0) expect(plan['first']?.scheme).toBe('int4');
    return [...(model.weights.get('first/kernel') ?? [])];
  };
  // 1, −2, 0.5, 256 are the upper halves of their float32.
  expect(await kernelOf({ dims: [2, 2], raw: raw(16, 0x80, 0x3f, 0x00, 0xc0, 0x00, 0x3f, 0x80, 0x43) })).toEqual([1, -2, 0.5, 256]);
  const real: OnnxNode[] = [{ op: 'DequantizeLinear', inputs: ['w', 's'], outputs: ['r'] }];
  // The first number of a pair is in the lower half of its byte.
  expect(await kernelOf({ dims: [2, 2], raw: raw(22, 0xf7, 0x19) }, real, 'r')).toEqual([3.5, -0.5, -3.5, 0.5]);
  expect(await kernelOf({ dims: [2, 2], raw: raw(21, 0xf7, 0x19) }, real, 'r')).toEqual([3.5, 7.5, 4.5, 0.5]);
});
