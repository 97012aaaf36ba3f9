import * as tf from '@tensorflow/tfjs-core';
import { StudioError } from '../../base/errors.ts';
import type { GraphNode, PoolAttributes, Shape } from '../../graph/graph.ts';
import type { Grid } from '../../quant/calibration.ts';
import { gatherTable } from '../../runtime/operators/float32.ts';
import { clipTo, leakyRelu } from '../operators/elementwise.ts';
import { gatherSamples } from '../operators/gather.ts';
import { codesOnGrid, valuesOfCodes } from '../operators/int8-grid.ts';
import { poolAverage, poolMaximum } from '../operators/pool.ts';

const tables = new WeakMap<GraphNode, Int32Array>();

function moved(x: tf.Tensor, node: Extract<GraphNode, { op: 'transpose' | 'slice' | 'pad' | 'expand' }>): tf.Tensor {
  const input: Shape = [1, ...x.shape.slice(1)];
  const attributes = node.attributes as unknown as Readonly<Record<string, readonly number[]>>;
  if (node.op === 'transpose' && node.attributes.permutation[0] !== 0) {
    throw new StudioError(`${node.id} moves the first dimension, which is the batch in training.`, { where: node.id, next: 'Train a network without this transpose.' });
  }
  const table =
    tables.get(node) ?? gatherTable({ kind: 'op', node: node.id, op: node.op, attributes, inputs: [0], output: 0, parameters: [] }, input, node.shape);
  tables.set(node, table);
  return gatherSamples(x, table, node.shape.slice(1));
}

function wholeImage(shape: Shape): PoolAttributes {
  return { sizeY: shape[1], sizeX: shape[2], strideY: 1, strideX: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };
}

/** Mean of each window; on a grid, of the codes, rounded half to even as the runtime does. */
function average(x: tf.Tensor, pool: PoolAttributes, output: Shape, grid: Grid | null): tf.Tensor {
  if (!grid) return poolAverage(x, pool, output);
  return valuesOfCodes(poolAverage(codesOnGrid(x, grid), pool, output), grid);
}

/**
 * An operator that is neither a layer, a batch norm nor an addition. `grid` is the grid of its int8 input where the
 * runtime computes it on integers, otherwise null.
 */
export function runOperator(node: GraphNode, inputs: readonly tf.Tensor[], grid: Grid | null): tf.Tensor {
  const [x] = inputs;
  const batch = x.shape[0];
  switch (node.op) {
    case 'relu':
      return clipTo(x, 0, Number.POSITIVE_INFINITY);
    case 'clip':
      return clipTo(x, node.attributes.minimum, node.attributes.maximum);
    case 'leaky-relu':
      return leakyRelu(x, node.attributes.alpha);
    case 'multiply':
      return tf.mul(x, inputs[1]);
    case 'exponential':
      return tf.exp(x);
    case 'sigmoid':
      return tf.sigmoid(x);
    case 'tanh':
      return tf.tanh(x);
    case 'softmax':
      return tf.softmax(x);
    case 'max-pool':
      return poolMaximum(x, node.attributes, node.shape);
    case 'average-pool':
      return average(x, node.attributes, node.shape, grid);
    case 'global-average-pool': {
      const channels = node.shape[node.shape.length - 1];
      return tf.reshape(average(x, wholeImage(x.shape), [1, 1, 1, channels], grid), [batch, channels]);
    }
    case 'reshape':
      return tf.reshape(x, [batch, ...node.shape.slice(1)]);
    case 'identity':
      return x;
    case 'transpose':
    case 'slice':
    case 'pad':
    case 'expand':
      return moved(x, node);
    case 'concat':
      return tf.concat([...inputs], node.attributes.axis);
    default:
      throw new StudioError(`${node.id} is a ${node.op}, which the trainer cannot run.`, { where: node.id, next: 'Its precisions can be edited and exported without training.' });
  }
}
