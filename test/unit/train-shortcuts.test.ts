import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { layersOf, type GraphNode, type Model } from '../../core/graph/graph.ts';
import { insertBatchNorms } from '../../core/graph/passes/insert-batch-norm.ts';
import { addShortcuts } from '../../core/graph/passes/one-bit-shortcuts.ts';
import { verifyModel } from '../../core/graph/verify.ts';
import { shiftedPrelu } from '../../core/train/operators/rprelu.ts';
import { LAW_NETWORKS } from '../conformance/train-networks.ts';
import { normals, relativeError, startForTest } from './train-setup.ts';

beforeAll(startForTest);

const data = (tensor: tf.Tensor): Float32Array => tensor.dataSync() as Float32Array;

function wired(model: Model, rprelu: boolean): { readonly before: Model; readonly after: Model; readonly node: (id: string) => GraphNode; readonly convolutions: readonly string[] } {
  const convolutions = layersOf(model.graph).slice(1).flatMap(({ op, id }) => (op === 'conv2d' ? [id] : []));
  const statistics = (id: string): { mean: Float32Array; variance: Float32Array } => {
    const channels = model.graph.nodes.find((node) => node.id === id)?.shape.at(-1) ?? 0;
    return { mean: new Float32Array(channels), variance: new Float32Array(channels).fill(1) };
  };
  const before = insertBatchNorms(model, new Set(convolutions), statistics);
  const { model: after } = addShortcuts(before, new Set(convolutions), { rprelu });
  verifyModel(after);
  const node = (id: string): GraphNode => after.graph.nodes.find((candidate) => candidate.id === id) as GraphNode;
  return { before, after, node, convolutions };
}

const count = ({ graph }: Model, op: GraphNode['op']): number => graph.nodes.filter((node) => node.op === op).length;

describe('Shortcuts around one-bit convolutions', () => {
  it('split each residual block in as many additions as it has convolutions, with the block’s own shortcut around the first', () => {
    const { before, after, node, convolutions } = wired(LAW_NETWORKS.residual(71), true);
    expect(count(before, 'add')).toBe(2);
    expect(count(after, 'add')).toBe(4);
    const [first, , strided, , projection] = convolutions;
    const sums = [first, strided].map((id) => node(`${id}/sum`));
    // Around the first convolution of a block of one size: what the block reads. Around a strided one: the projection.
    expect(sums[0].inputs[1]).toBe(node(first).inputs[0]);
    expect(sums[1].inputs[1]).toBe(`${projection}/norm`);
    // At the end of a block the identity of its last convolution stands where the block's shortcut was.
    const ends = before.graph.nodes.filter(({ op }) => op === 'add').map(({ id }) => node(id));
    for (const [i, end] of ends.entries()) expect(node(end.inputs.find((id) => node(id).op === 'rprelu') ?? '').inputs).toEqual([sums[i].id]);
  });

  it('read means of four pixels where the projection had a stride of two', () => {
    const { node, convolutions } = wired(LAW_NETWORKS.residual(71), true);
    const projection = node(convolutions[4]);
    expect(projection.op === 'conv2d' && projection.attributes.strideY).toBe(1);
    const pool = node(projection.inputs[0]);
    expect(pool.op === 'average-pool' && pool.attributes.sizeX).toBe(2);
  });

  it('replace the rectifiers behind additions by shifted PReLUs, or leave none inside a block', () => {
    const shaped = wired(LAW_NETWORKS.residual(71), true);
    expect([count(shaped.before, 'relu'), count(shaped.after, 'relu'), count(shaped.after, 'rprelu')]).toEqual([5, 1, 4]);
    const plain = wired(LAW_NETWORKS.residual(71), false);
    expect([count(plain.after, 'relu'), count(plain.after, 'rprelu')]).toEqual([3, 0]);
  });

  it('stand in a plain network around convolutions that keep the shape, and are put in once', () => {
    const { after, convolutions } = wired(LAW_NETWORKS.plain(72), true);
    // 8 → 12 channels and a stride: neither keeps it.
    expect(count(after, 'add')).toBe(0);
    const again = wired(LAW_NETWORKS.residual(71), true);
    const repeated = addShortcuts(again.after, new Set(again.convolutions), { rprelu: true });
    expect(count(repeated.model, 'add')).toBe(4);
    expect(convolutions.length).toBe(2);
  });
});

describe('A shifted PReLU', () => {
  const shapes = { x: [3, 2, 2, 3], channel: [3] };
  const [x, before, slope, after] = [normals(73, 36), normals(74, 3, 0.3), normals(75, 3, 0.3), normals(76, 3, 0.3)];
  const upstream = normals(77, 36);
  const loss = (...values: readonly (readonly number[])[]): number => {
    const [a, b, s, z] = values;
    return a.reduce((sum, v, i) => {
      const u = v + b[i % 3];
      return sum + upstream[i] * ((u > 0 ? u : s[i % 3] * u) + z[i % 3]);
    }, 0);
  };

  it('has the gradients of its formula, by differences', () => {
    const f = (...inputs: tf.Tensor[]): tf.Scalar => tf.sum(tf.mul(shiftedPrelu(inputs[0], inputs[1], inputs[2], inputs[3]), tf.tensor(upstream, shapes.x)));
    const arrays = [x, before, slope, after];
    const gradients = tf.grads(f)([tf.tensor(x, shapes.x), ...arrays.slice(1).map((values) => tf.tensor(values, shapes.channel))]).map(data);
    arrays.forEach((array, position) => {
      const expected = Array.from(array, (_, i) => {
        const moved = (by: number): number => loss(...arrays.map((values, p) => Array.from(values, (v, k) => (p === position && k === i ? v + by : v))));
        return (moved(1e-6) - moved(-1e-6)) / 2e-6;
      });
      expect(relativeError(gradients[position], expected)).toBeLessThan(1e-5);
    });
  });
});
