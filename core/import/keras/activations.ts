import type { OpAttributes, OpId, ValueId } from '../../graph/graph.ts';
import { NotRunnable } from '../importer.ts';
import type { LayerContext, LayerReader } from './layers.ts';
import { isRecord } from './settings.ts';

type Activation = { readonly [K in OpId]: { readonly op: K; readonly attributes: OpAttributes[K] } }[OpId];

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  linear: { op: 'identity', attributes: {} },
  relu: { op: 'relu', attributes: {} },
  relu6: { op: 'clip', attributes: { minimum: 0, maximum: 6 } },
  // tf.nn.leaky_relu's own slope; the layer LeakyReLU has 0.3.
  leaky_relu: { op: 'leaky-relu', attributes: { alpha: 0.2 } },
  sigmoid: { op: 'sigmoid', attributes: {} },
  softmax: { op: 'softmax', attributes: {} },
  tanh: { op: 'tanh', attributes: {} },
};

/** The name of an activation that is written as text or as a serialised function. */
function nameOf(stated: unknown): string {
  if (stated === undefined || stated === null) return 'linear';
  if (typeof stated === 'string') return stated;
  if (isRecord(stated)) {
    const { config, class_name: className } = stated;
    if (typeof config === 'string') return config;
    if (isRecord(config) && typeof config.name === 'string' && className === 'function') return config.name;
    if (typeof className === 'string') return className.toLowerCase();
  }
  return JSON.stringify(stated);
}

export function applyActivation({ builder }: LayerContext, stated: unknown, input: ValueId, name: string): ValueId {
  const wanted = nameOf(stated);
  const activation = Object.hasOwn(ACTIVATIONS, wanted) ? ACTIVATIONS[wanted] : undefined;
  if (!activation) throw new NotRunnable(`the activation "${wanted}"`);
  return builder.add(activation.op, { name, inputs: [input], attributes: activation.attributes });
}

/** The activation that a convolution or dense layer applies itself: a node of its own after the layer. */
export function fusedActivation(context: LayerContext, layer: ValueId): ValueId {
  const name = nameOf(context.settings.json.activation);
  if (name === 'linear') return layer;
  const id = `${context.name}/${name}`;
  if (Object.hasOwn(ACTIVATIONS, name)) return applyActivation(context, name, layer, id);
  // The layer itself runs: only its activation is kept without being run.
  return context.builder.addUnknown(id, name, [layer], context.builder.shapeOf(layer));
}

export const reluLayer: LayerReader = (context) => {
  const { settings } = context;
  const slope = settings.number('negative_slope', 0);
  const maximum = settings.json.max_value;
  if (settings.number('threshold', 0) !== 0) throw new NotRunnable('a ReLU with a threshold');
  if (maximum === null || maximum === undefined) {
    return slope === 0 ? context.add('relu', {}) : context.add('leaky-relu', { alpha: slope });
  }
  if (slope !== 0) throw new NotRunnable('a leaky ReLU with a maximum');
  return context.add('clip', { minimum: 0, maximum: settings.number('max_value', 6) });
};

/** Keras 2 names the slope alpha, Keras 3 negative_slope; both start from 0.3. */
export const leakyRelu: LayerReader = (context) =>
  context.add('leaky-relu', { alpha: context.settings.number('negative_slope', context.settings.number('alpha', 0.3)) });

export const softmaxLayer: LayerReader = (context) => {
  const axis = context.settings.json.axis ?? -1;
  if (axis !== -1 && axis !== context.shape.length - 1) throw new NotRunnable(`a softmax over axis ${JSON.stringify(axis)}`);
  return context.add('softmax', {});
};
