import { StudioError } from '../../base/errors.ts';
import type { NamedFile } from '../../data/data-set.ts';
import { elementCount, type Shape, type ValueId } from '../../graph/graph.ts';
import type { Grid } from '../../quant/calibration.ts';
import type { LayerChoice } from '../../schemes/scheme.ts';
import type { TfliteModel, TfliteOperator, TfliteSubgraph, TfliteTensor } from '../../tflite/model.ts';
import { readTflite } from '../../tflite/read.ts';
import { createBuilder, type ModelBuilder } from '../builder.ts';
import { NotRunnable, type ReadModel } from '../importer.ts';
import { foldConstant } from './constants.ts';
import { createContext, type OperatorTensors } from './context.ts';
import { CONVERTERS, CUSTOM_CONVERTERS } from './operators/index.ts';
import { readConstant, type Constant } from './tensor.ts';

export function readTfliteModel({ name: file, bytes }: NamedFile): ReadModel {
  const model = readTflite(bytes, file);
  const [graph] = model.subgraphs;
  if (!graph) throw new StudioError(`${file} holds no network.`, { where: file, next: 'Convert the network again.' });
  return new Reading(file, model, graph).read();
}

class Reading {
  private readonly builder: ModelBuilder;
  private readonly running = new Map<number, ValueId>();
  private readonly constants = new Map<number, Constant | null>();
  private readonly plan = new Map<string, LayerChoice>();
  private readonly grids = new Map<ValueId, Grid>();
  private readonly notes: string[] = [];
  /** Places of the tensors that something reads. */
  private readonly readTensors: ReadonlySet<number>;
  /** Samples that the file is made for; the studio runs one by one. */
  private batch = 1;
  private readonly file: string;
  private readonly model: TfliteModel;
  private readonly graph: TfliteSubgraph;

  constructor(file: string, model: TfliteModel, graph: TfliteSubgraph) {
    this.file = file;
    this.model = model;
    this.graph = graph;
    this.builder = createBuilder(file);
    this.readTensors = new Set([...graph.outputs, ...graph.operators.flatMap(({ inputs }) => inputs)]);
  }

  read(): ReadModel {
    for (const index of this.graph.inputs) this.readInput(this.graph.tensors[index], index);
    for (const operator of this.graph.operators) this.readOperator(operator);
    if (this.model.subgraphs.length > 1) this.notes.push(`The file holds ${this.model.subgraphs.length} graphs; the first, the main one, was read.`);
    if ([...this.constants.values()].some((constant) => constant?.stored)) this.notes.push('Weights that are stored as codes are read as the numbers that these stand for.');
    if (this.grids.size > 0) this.notes.push('The ranges of the values between the layers are those of the file.');
    const outputs = this.graph.outputs.flatMap((index) => this.running.get(index) ?? []);
    return { model: this.builder.build(this.graph.name || this.file, outputs), notes: this.notes, plan: Object.fromEntries(this.plan), grids: Object.fromEntries(this.grids) };
  }

  private readInput({ name, shape, quantization }: TfliteTensor, index: number): void {
    if (shape.length < 1 || shape.some((size) => size < 1)) {
      throw new StudioError(`The input "${name}" of ${this.file} has no fixed size (the file says ${shape.join('×') || 'nothing'}).`, {
        where: `${this.file}, input "${name}"`,
        next: 'Convert the network with a fixed height, width and number of channels.',
      });
    }
    this.batch = shape[0];
    if (this.batch > 1) this.notes.push(`The file is made for batches of ${this.batch}; samples run one by one.`);
    if (quantization?.scale.length === 1) {
      const [scale, zero] = [quantization.scale[0], quantization.zeroPoint[0]];
      this.notes.push(`"${name}" is read as real numbers: ${Number(scale.toPrecision(7))} · (code ${zero < 0 ? '+' : '−'} ${Math.abs(zero)}) of the codes that the file takes.`);
    }
    this.hold(index, this.builder.input(name, [1, ...shape.slice(1)]));
  }

  /** Names a value of the network by the tensor that holds it, with the tensor's grid. */
  private hold(index: number, id: ValueId): void {
    this.running.set(index, id);
    const { type, quantization } = this.graph.tensors[index];
    const shift = type === 'UINT8' ? 128 : type === 'INT8' ? 0 : null;
    if (shift === null || quantization?.scale.length !== 1 || this.grids.has(id)) return;
    const [scale, zeroPoint] = [quantization.scale[0], quantization.zeroPoint[0] - shift];
    if (scale > 0 && Number.isFinite(scale) && zeroPoint >= -128 && zeroPoint <= 127) this.grids.set(id, { scale, zeroPoint });
  }

  private constantOf(index: number): Constant | null {
    const known = this.constants.get(index);
    if (known !== undefined) return known;
    const constant = index < 0 || this.running.has(index) ? null : readConstant(this.model, this.graph.tensors[index], this.file);
    this.constants.set(index, constant);
    return constant;
  }

  /** As the file says it, for one sample. */
  private shapeOf(index: number | undefined): Shape {
    const shape = index === undefined ? [] : this.graph.tensors[index].shape;
    return this.batch > 1 && shape[0] === this.batch ? [1, ...shape.slice(1)] : shape;
  }

  private tensorsOf({ inputs, outputs }: TfliteOperator): OperatorTensors {
    const at = (index: number): number => inputs[index] ?? -1;
    return {
      constant: (index) => this.constantOf(at(index)),
      running: (index) => this.running.get(at(index)) ?? null,
      typeOf: (index) => this.graph.tensors[at(index)]?.type ?? null,
      outputShape: this.shapeOf(outputs[0]),
      outputType: outputs.length > 0 ? this.graph.tensors[outputs[0]].type : null,
    };
  }

  private readOperator(operator: TfliteOperator): void {
    const [output] = operator.outputs;
    if (output === undefined) return;
    const tensors = this.tensorsOf(operator);
    const name = this.graph.tensors[output].name;
    try {
      const folded = foldConstant(operator, { constant: tensors.constant, runningShape: (i) => this.shapeOfRunning(tensors.running(i)) }, tensors.outputShape);
      if (folded) {
        this.constants.set(output, folded);
        return;
      }
      const table = operator.custom ? CUSTOM_CONVERTERS : CONVERTERS;
      if (!Object.hasOwn(table, operator.op)) throw new NotRunnable('');
      if (operator.outputs.slice(1).some((other) => this.readTensors.has(other))) throw new NotRunnable('more than one output');
      this.hold(output, table[operator.op](createContext(this.file, this.builder, operator, name, tensors, this.plan)));
    } catch (error) {
      if (!(error instanceof NotRunnable)) throw error;
      this.keepUnknown(operator, error.message);
    }
  }

  private shapeOfRunning(id: ValueId | null): Shape | null {
    return id === null ? null : this.builder.shapeOf(id);
  }

  private keepUnknown({ op, inputs, outputs }: TfliteOperator, reason: string): void {
    const from = inputs.flatMap((index) => this.running.get(index) ?? []);
    for (const output of outputs) {
      const shape = this.shapeOf(output);
      const fits = shape[0] === 1 && shape.every((size) => size >= 1) && elementCount(shape) > 0;
      this.running.set(output, this.builder.addUnknown(this.graph.tensors[output].name, reason ? `${op}: ${reason}` : op, from, fits ? shape : null));
    }
  }
}
