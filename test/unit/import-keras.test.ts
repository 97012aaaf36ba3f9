import h5wasm, { type Group } from 'h5wasm';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../core/base/errors.ts';
import { readNetwork, type ReadNetwork } from '../../core/import/index.ts';
import { readConfig } from '../../core/import/keras/config.ts';
import { readVariables } from '../../core/import/keras/hdf5.ts';
import { writeKeras, type KerasFileContent, type KerasTensor } from '../fixtures/keras-writer.ts';

const open = async (content: KerasFileContent): Promise<ReadNetwork> => readNetwork([{ name: 'net.h5', bytes: await writeKeras(content) }]);
const tensor = (name: string, ...shape: number[]): KerasTensor => ({ name, shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5) });

async function refusal(content: KerasFileContent): Promise<StudioError> {
  const error: unknown = await open(content).then(() => null, (reason: unknown) => reason);
  if (error instanceof StudioError) return error;
  throw new Error(`expected a StudioError, not ${String(error)}`);
}

const input = { class_name: 'InputLayer', name: 'image', inbound_nodes: [], config: { batch_input_shape: [null, 4], name: 'image' } };
const dense = (name: string, from: string, settings: object = {}) => ({
  class_name: 'Dense',
  name,
  inbound_nodes: [[[from, 0, 0, {}]]],
  config: { name, units: 3, activation: 'linear', use_bias: true, ...settings },
});
const functional = (layers: readonly object[], output: string): unknown => ({
  class_name: 'Functional',
  config: { name: 'net', layers, input_layers: [['image', 0, 0]], output_layers: [[output, 0, 0]] },
});
const answerWeights = { answer: [tensor('answer/kernel:0', 4, 3), tensor('answer/bias:0', 3)] };

describe('a Keras file', () => {
  it('keeps the names of its layers; a fused activation is a node of its own', async () => {
    const { model } = await open({ config: functional([input, dense('answer', 'image', { activation: 'softmax' })], 'answer'), weights: answerWeights });
    expect(model.graph.nodes.map((node) => `${node.id}:${node.op}`)).toEqual(['answer:dense', 'answer/softmax:softmax']);
    expect(model.graph.outputs).toEqual(['answer/softmax']);
  });

  it('may name what a layer reads in the way of Keras 3', async () => {
    const inbound = [{ args: [{ class_name: '__keras_tensor__', config: { shape: [null, 4], keras_history: ['image', 0, 0] } }], kwargs: {} }];
    const config = { class_name: 'Functional', config: { name: 'net', layers: [{ ...input, config: { batch_shape: [null, 4] } }, { ...dense('answer', ''), inbound_nodes: inbound }], output_layers: ['answer', 0, 0] } };
    const { model } = await open({ config, weights: answerWeights });
    expect(model.graph.nodes.map((node) => node.id)).toEqual(['answer']);
  });

  it('may list its layers in any order', async () => {
    const weights = { ...answerWeights, answer: [tensor('answer/kernel:0', 3, 3), tensor('answer/bias:0', 3)], first: [tensor('first/kernel:0', 4, 3), tensor('first/bias:0', 3)] };
    const { model } = await open({ config: functional([dense('answer', 'first'), dense('first', 'image'), input], 'answer'), weights });
    expect(model.graph.nodes.map((node) => node.id)).toEqual(['first', 'answer']);
  });

  it('may use a layer twice: the second use gets a name of its own', async () => {
    const twice = { ...dense('same', 'image', { units: 4 }), inbound_nodes: [[['image', 0, 0, {}]], [['same', 0, 0, {}]]] };
    const config = { class_name: 'Functional', config: { name: 'net', layers: [input, twice], input_layers: [['image', 0, 0]], output_layers: [['same', 1, 0]] } };
    const { model } = await open({ config, weights: { same: [tensor('same/kernel:0', 4, 4), tensor('same/bias:0', 4)] } });
    expect(model.graph.nodes.map((node) => `${node.id} reads ${node.inputs.join()}`)).toEqual(['same reads image', 'same_1 reads same']);
  });

  it('keeps a layer it does not know, and ends there', async () => {
    const odd = { class_name: 'Lambda', name: 'odd', inbound_nodes: [[['answer', 0, 0, {}]]], config: {} };
    const { model } = await open({ config: functional([input, dense('answer', 'image'), odd, dense('late', 'odd')], 'late'), weights: answerWeights });
    expect(model.graph.nodes.map((node) => node.op)).toEqual(['dense', 'unknown']);
    expect(model.graph.outputs).toEqual(['answer']);
  });

  it('keeps an activation it does not know, and what follows', async () => {
    const { model } = await open({ config: functional([input, dense('answer', 'image', { activation: 'mish' })], 'answer'), weights: answerWeights });
    expect(model.graph.nodes.map((node) => `${node.id}:${node.op}`)).toEqual(['answer:dense', 'answer/mish:unknown']);
  });
});

describe('a Keras file is refused with the place and the next step when', () => {
  it.each<[string, KerasFileContent, RegExp]>([
    ['it holds weights alone', { config: null, weights: answerWeights }, /weights without the network they belong to/],
    ['a weight is missing', { config: functional([input, dense('answer', 'image')], 'answer'), weights: { answer: [tensor('answer/kernel:0', 4, 3)] } }, /Layer "answer" of net\.h5 has no weight "bias"/],
    ['a weight has another shape', { config: functional([input, dense('answer', 'image')], 'answer'), weights: { answer: [tensor('answer/kernel:0', 5, 3), tensor('answer/bias:0', 3)] } }, /kernel of 5×3 where 4×any fits its input 1×4/],
    ['the layers form a circle', { config: functional([input, dense('a', 'b'), dense('b', 'a')], 'b'), weights: {} }, /Layer "a" of net\.h5 reads "b:0", which nothing makes/],
    ['the size of the input is open', { config: functional([{ ...input, config: { batch_input_shape: [null, null, null, 3] } }], 'image'), weights: {} }, /no fixed size \(the file says \[null,null,null,3\]\)/],
    ['a setting is of another kind', { config: functional([input, dense('answer', 'image', { use_bias: 'yes' })], 'answer'), weights: answerWeights }, /has use_bias = "yes", which is not true or false/],
    ['the network is of a kind of its own', { config: { class_name: 'MyModel', config: { layers: [] } }, weights: {} }, /is a "MyModel"; only Sequential and Functional/],
    ['a weight is not a number', { config: functional([input, dense('answer', 'image')], 'answer'), weights: { answer: [{ name: 'answer/kernel:0', shape: [4, 3], values: new Float32Array(12).fill(Number.POSITIVE_INFINITY) }, tensor('answer/bias:0', 3)] } }, /kernel of layer "answer" is Infinity at index 0 of 12/],
  ])('%s', async (_, content, pattern) => {
    const error = await refusal(content);
    expect(error.message).toMatch(pattern);
    expect(error.where).toBeTruthy();
    expect(error.next).toBeTruthy();
  });

  it('networks within networks multiply without end', () => {
    const within = (depth: number): object => {
      const inner = { class_name: 'Functional', name: 'inner', inbound_nodes: Array.from({ length: 10 }, (_, call) => [[['image', 0, call, {}]]]), config: {} };
      return { class_name: 'Functional', config: { name: 'net', layers: depth === 0 ? [] : [{ ...inner, ...within(depth - 1) }], input_layers: [], output_layers: [['image', 0, 0]] } };
    };
    expect(() => readConfig('net.h5', JSON.stringify(within(12)))).toThrow('The description of the network in net.h5 has more than 100000 layers.');
    expect(() => readConfig('net.h5', JSON.stringify(within(40)))).toThrow('has networks within networks, more than 16 deep.');
  });

  it('its groups lead back into each other', async () => {
    const { FS } = await h5wasm.ready;
    const file = new h5wasm.File('circle.h5', 'w');
    file.create_group('layers').create_group('dense').create_group('vars');
    (file.get('layers') as Group).create_hard_link('/layers', 'again');
    file.close();
    const bytes = FS.readFile('circle.h5').slice();
    FS.unlink('circle.h5');
    await expect(readVariables('net.keras', bytes)).rejects.toThrow('The groups of net.keras lead back into each other.');
  });

  it('a network within it reads its own result', () => {
    const inner = { class_name: 'Functional', name: 'inner', inbound_nodes: [[['inner', 0, 0, {}]]], config: { name: 'inner', layers: [{ class_name: 'InputLayer', name: 'x', config: {}, inbound_nodes: [] }], input_layers: [['x', 0, 0]], output_layers: [['x', 0, 0]] } };
    expect(() => readConfig('net.h5', JSON.stringify({ class_name: 'Functional', config: { layers: [inner], input_layers: [], output_layers: [['inner', 0, 0]] } }))).toThrow('has a network that reads its own result.');
  });

  it('its description is nested twenty thousand times', () => {
    const text = `{"class_name":"Functional","config":{"name":"deep","layers":[],"output_layers":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`;
    expect(() => readConfig('deep.h5', text)).toThrow('names no output');
  });
});
