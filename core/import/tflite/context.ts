import { StudioError } from '../../base/errors.ts';
import { elementCount, type OpAttributes, type OpId, type Shape, type ValueId } from '../../graph/graph.ts';
import type { LayerChoice } from '../../schemes/scheme.ts';
import { ACTIVATIONS, type TfliteActivation } from '../../tflite/schema.ts';
import type { TfliteOperator, TfliteType } from '../../tflite/model.ts';
import type { ModelBuilder, NewWeight } from '../builder.ts';
import { NotRunnable } from '../importer.ts';
import type { Constant } from './tensor.ts';

/** What the file says of the tensors of one operator. */
export interface OperatorTensors {
  constant(index: number): Constant | null;
  running(index: number): ValueId | null;
  typeOf(index: number): TfliteType | null;
  /** Of the first output, for one sample. */
  readonly outputShape: Shape;
  readonly outputType: TfliteType | null;
}

/** What an operator's reader is handed. */
export interface OperatorContext {
  readonly operator: TfliteOperator;
  readonly name: string;
  /** Shape of the first output as the file says it, for one sample. */
  readonly outputShape: Shape;
  readonly inputs: number;
  /** Signs are packed to words of 32 in this input (Larq Compute Engine), and in the output. */
  packed(index: number): boolean;
  readonly packsOutput: boolean;
  /** The running value of an input; NotRunnable where it is a constant or missing. */
  running(index: number): ValueId;
  shapeOf(id: ValueId): Shape;
  constant(index: number): Constant | null;
  /** A constant that the operator cannot do without. */
  needed(index: number, what: string): Constant;
  number(option: string): number;
  flag(option: string): boolean;
  /** Adds a node; NotRunnable where its parts do not fit together. `part` goes behind the operator's name. */
  add<K extends OpId>(op: K, inputs: readonly ValueId[], attributes: OpAttributes[K], weights?: Record<string, NewWeight | undefined>, part?: string): ValueId;
  /** The activation that the operator applies itself: a node of its own behind it. */
  activated(id: ValueId): ValueId;
  /** The precision that the file has this layer in. */
  stored(layer: ValueId, choice: LayerChoice): void;
}

export type Converter = (context: OperatorContext) => ValueId;

const BEHIND: Record<TfliteActivation, ((context: OperatorContext, input: ValueId) => ValueId) | null> = {
  NONE: (_, input) => input,
  RELU: (context, input) => context.add('relu', [input], {}, {}, 'relu'),
  RELU_N1_TO_1: (context, input) => context.add('clip', [input], { minimum: -1, maximum: 1 }, {}, 'clip'),
  RELU6: (context, input) => context.add('clip', [input], { minimum: 0, maximum: 6 }, {}, 'relu6'),
  TANH: (context, input) => context.add('tanh', [input], {}, {}, 'tanh'),
  SIGN_BIT: null,
};

export function createContext(file: string, builder: ModelBuilder, operator: TfliteOperator, name: string, tensors: OperatorTensors, plan: Map<string, LayerChoice>): OperatorContext {
  const context: OperatorContext = {
    operator,
    name,
    outputShape: tensors.outputShape,
    inputs: operator.inputs.length,
    packed: (index) => tensors.typeOf(index) === 'INT32',
    packsOutput: tensors.outputType === 'INT32',
    running(index) {
      const id = tensors.running(index);
      if (id !== null) return id;
      if (tensors.constant(index)) throw new NotRunnable(`input ${index + 1} is a constant`);
      throw new StudioError(`Operator "${name}" of ${file} reads a tensor that nothing before it makes.`, {
        where: `${file}, "${name}"`,
        next: 'The file is damaged; download or convert it again.',
      });
    },
    shapeOf: (id) => builder.shapeOf(id),
    constant: (index) => tensors.constant(index),
    needed(index, what) {
      const constant = tensors.constant(index);
      if (!constant) throw new NotRunnable(`${what} that is not a constant`);
      return constant;
    },
    number: (option) => Number(operator.options[option]),
    flag: (option) => operator.options[option] === true,
    add(op, inputs, attributes, weights = {}, part = '') {
      return builder.addFitting(op, { name: part ? `${name}/${part}` : name, inputs, attributes, weights });
    },
    activated(id) {
      const wanted = context.number('fused_activation_function');
      const behind = BEHIND[ACTIVATIONS[wanted]];
      if (!behind) throw new NotRunnable(`the activation ${ACTIVATIONS[wanted] ?? wanted}`);
      return behind(context, id);
    },
    stored: (layer, choice) => void plan.set(layer, choice),
  };
  return context;
}

/** A constant as a weight of this shape, which only says in another way what the file says. */
export function realWeight(constant: Constant, shape: Shape): NewWeight {
  if (constant.values.length !== elementCount(shape)) throw new NotRunnable(`${constant.shape.join('×')} numbers where ${shape.join('×')} fit`);
  return { shape, values: Float32Array.from(constant.values) };
}

/** Small whole numbers: axes, sizes, positions. */
export function wholeNumbers(constant: Constant): readonly number[] {
  const list = [...constant.values];
  if (!list.every(Number.isInteger)) throw new NotRunnable('positions that are not whole numbers');
  return list;
}

/** Checks an option before nodes are made, so that nothing of an operator stands there when the rest cannot be read. */
export function checkActivation(context: OperatorContext): void {
  const wanted = context.number('fused_activation_function');
  if (!BEHIND[ACTIVATIONS[wanted]]) throw new NotRunnable(`the activation ${ACTIVATIONS[wanted] ?? wanted}`);
}
