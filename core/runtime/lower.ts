import { StudioError } from '../base/errors.ts';
import { elementCount, isLayer, nodesById, type Graph, type GraphNode, type LayerNode, type Shape, type ValueId } from '../graph/graph.ts';
import { choiceOf, layerFacts } from '../schemes/layer-facts.ts';
import { SCHEMES } from '../schemes/index.ts';
import type { Plan } from '../schemes/scheme.ts';
import { formatsOf, groupsOf, signReader, type Formats, type Group } from './formats.ts';
import { geometryOf } from './geometry.ts';
import type { LayerGeometry } from '../kernels/kernel.ts';
import type { BufferFormat, LoweredNetwork, ParameterSlot, ProgramBuffer, Step } from './program.ts';

/** Where the numbers of a lowered network come from; kept beside it for baking, not written to the file. */
export interface Lowering {
  readonly network: LoweredNetwork;
  readonly groups: readonly Group[];
  readonly formats: Formats;
  /** Step index → the group it computes; converters are absent. */
  readonly groupOfStep: ReadonlyMap<number, Group>;
  /** Buffer index → graph value. */
  readonly valueOfBuffer: readonly ValueId[];
  /** Step index of a sign-pack → the layer that reads it. */
  readonly readerOfSignPack: ReadonlyMap<number, string>;
}

const f32 = (name: string, count: number): ParameterSlot => ({ name, type: 'float32', count });
const i32 = (name: string, count: number): ParameterSlot => ({ name, type: 'int32', count });

/**
 * Values whose last axis repeats the channels of an earlier value: a flattened image has period c, because NHWC
 * flattens pixel by pixel. Thresholds of one-bit inputs are stored once per period.
 */
export function channelPeriod(graph: Graph, value: ValueId): number {
  const node = nodesById(graph).get(value);
  const shape = shapeOf(graph, value);
  if (node?.op === 'reshape' && shapeOf(graph, node.inputs[0]).length === 4) return channelPeriod(graph, node.inputs[0]);
  return shape[shape.length - 1];
}

export function shapeOf(graph: Graph, value: ValueId): Shape {
  const found = nodesById(graph).get(value) ?? graph.inputs.find((input) => input.id === value);
  if (!found) throw new StudioError(`The value "${value}" is read but nothing produces it.`, { where: graph.name });
  return found.shape;
}

const slotsByGraph = new WeakMap<Graph, WeakMap<GraphNode, Map<string, readonly ParameterSlot[]>>>();

function formsOf(graph: Graph, head: GraphNode): Map<string, readonly ParameterSlot[]> {
  let table = slotsByGraph.get(graph);
  if (!table) slotsByGraph.set(graph, (table = new WeakMap()));
  let forms = table.get(head);
  if (!forms) table.set(head, (forms = new Map()));
  return forms;
}

const geometries = new WeakMap<Graph, WeakMap<LayerNode, LayerGeometry>>();

/** No plan changes it. */
function fixedGeometry(graph: Graph, head: LayerNode): LayerGeometry {
  let table = geometries.get(graph);
  if (!table) geometries.set(graph, (table = new WeakMap()));
  let geometry = table.get(head);
  if (!geometry) table.set(head, (geometry = geometryOf(graph, head, shapeOf(graph, head.inputs[0]))));
  return geometry;
}

type OperatorStep = Extract<Step, { kind: 'op' }>;
const attributesOfNodes = new WeakMap<GraphNode, OperatorStep['attributes']>();

/** Attributes that a step keeps: all but words. */
function numbersOf(head: GraphNode): OperatorStep['attributes'] {
  let attributes = attributesOfNodes.get(head);
  if (!attributes) {
    attributes = Object.fromEntries(Object.entries(head.attributes).filter(([, value]) => typeof value !== 'string')) as OperatorStep['attributes'];
    attributesOfNodes.set(head, attributes);
  }
  return attributes;
}

class Lowerer {
  readonly buffers: ProgramBuffer[] = [];
  readonly steps: Step[] = [];
  readonly valueOfBuffer: ValueId[] = [];
  readonly groupOfStep = new Map<number, Group>();
  readonly readerOfSignPack = new Map<number, string>();
  /** By value and format; sign versions by reader. */
  private readonly known = new Map<ValueId, { readonly plain: Partial<Record<BufferFormat, number>>; readonly signs: Map<string, number> }>();
  private readonly graph: Graph;
  private readonly plan: Plan;
  private readonly formats: Formats;

  constructor(graph: Graph, plan: Plan, formats: Formats) {
    this.graph = graph;
    this.plan = plan;
    this.formats = formats;
  }

  /** `reader` tells apart sign versions of one value: each xnor layer has thresholds of its own. */
  private buffer(value: ValueId, format: BufferFormat, reader: string): number {
    const present = this.find(value, format, reader);
    if (present !== undefined) return present;
    const index = this.buffers.length;
    this.buffers.push({ id: value, shape: shapeOf(this.graph, value), format });
    this.valueOfBuffer.push(value);
    let versions = this.known.get(value);
    if (!versions) this.known.set(value, (versions = { plain: {}, signs: new Map() }));
    if (format === 'sign') versions.signs.set(reader, index);
    else versions.plain[format] = index;
    return index;
  }

  /** The parameters of a node in one form: the same array each time, so that what is derived from it is known. */
  private slots(head: GraphNode, form: string, make: () => readonly ParameterSlot[]): readonly ParameterSlot[] {
    const forms = formsOf(this.graph, head);
    let slots = forms.get(form);
    if (!slots) forms.set(form, (slots = make()));
    return slots;
  }

  private find(value: ValueId, format: BufferFormat, reader: string): number | undefined {
    const versions = this.known.get(value);
    return format === 'sign' ? versions?.signs.get(reader) : versions?.plain[format];
  }

  input(value: ValueId): number {
    return this.buffer(value, 'float32', '');
  }

  /** The buffer that holds `value` in `format`, with a conversion step where it is stored otherwise. */
  private read(value: ValueId, format: BufferFormat, reader: string): number {
    const present = this.find(value, format, reader);
    if (present !== undefined) return present;
    const stored = this.formats.stored.get(value) ?? 'float32';
    const source = this.buffer(value, stored, '');
    const output = this.buffer(value, format, reader);
    if (format === 'sign') {
      const count = channelPeriod(this.graph, value);
      const slot = stored === 'int8' ? i32('thresholds', count) : f32('thresholds', count);
      this.readerOfSignPack.set(this.steps.length, reader);
      this.steps.push({ kind: 'sign-pack', node: value, inputs: [source], output, parameters: [slot] });
    } else {
      const kind = format === 'int8' ? 'quantise' : 'dequantise';
      this.steps.push({ kind, node: value, inputs: [source], output, parameters: [f32('grid', 2)] });
    }
    return output;
  }

  group(group: Group): void {
    const { head, result } = group;
    if (isLayer(head)) this.layer(group, head);
    else this.operator(group, head, result);
  }

  private layer(group: Group, head: LayerNode): void {
    const { scheme, options } = choiceOf(this.plan, head.id);
    const row = SCHEMES[scheme];
    const facts = layerFacts(this.graph, head);
    const refusal = row.refusal(facts);
    if (refusal) throw new StudioError(`${head.id} cannot be ${row.name}: ${refusal}`, { where: head.id });
    const input = this.read(head.inputs[0], row.inputFormat(options), head.id);
    const geometry = fixedGeometry(this.graph, head);
    const stored = this.formats.stored.get(group.result) ?? 'float32';
    const { outputChannels } = facts;
    const isFloat = row.weights === null;
    const direct = isFloat ? 'float32' : stored;
    const hasLevels = row.weights?.levels(options) === 2;
    const reads = row.inputFormat(options);
    const parameters = this.slots(head, `${scheme} ${reads} ${hasLevels} ${direct}`, () =>
      isFloat
        ? [f32('kernel', elementCount(facts.kernelShape)), f32('bias', outputChannels), f32('limits', 2)]
        : [
            { name: 'codes', type: 'codes', count: elementCount(facts.kernelShape), scheme, facts },
            ...(hasLevels ? [i32('levels', outputChannels)] : []),
            ...(reads === 'int8' ? [i32('inputGrid', 1)] : []),
            ...(direct === 'sign'
              ? [i32('thresholds', outputChannels)]
              : [f32('multiplier', outputChannels), f32('offset', outputChannels)]),
            ...(direct === 'float32' ? [f32('limits', 2)] : direct === 'int8' ? [i32('outputGrid', 3)] : []),
          ],
    );
    const output = this.buffer(group.result, direct, direct === 'sign' ? signReader(this.graph, group.result) : '');
    this.groupOfStep.set(this.steps.length, group);
    this.steps.push({ kind: 'layer', node: head.id, inputs: [input], output, scheme, options, geometry, parameters });
    this.convertStored(group.result, direct, stored);
  }

  /** Float results whose readers want int8 or signs are converted at once. */
  private convertStored(value: ValueId, from: BufferFormat, stored: BufferFormat): void {
    if (from === stored) return;
    const reader = stored === 'sign' ? signReader(this.graph, value) : '';
    const source = this.buffer(value, from, '');
    const output = this.buffer(value, stored, reader);
    if (stored === 'sign') {
      this.readerOfSignPack.set(this.steps.length, reader);
      this.steps.push({ kind: 'sign-pack', node: value, inputs: [source], output, parameters: [f32('thresholds', channelPeriod(this.graph, value))] });
    } else this.steps.push({ kind: 'quantise', node: value, inputs: [source], output, parameters: [f32('grid', 2)] });
  }

  private operator(group: Group, head: GraphNode, result: ValueId): void {
    const stored = this.formats.stored.get(result) ?? 'float32';
    const integer = stored === 'int8' && this.isIntegerOperator(head, result);
    const direct = stored === 'sign' ? 'sign' : integer ? 'int8' : 'float32';
    const reader = direct === 'sign' ? signReader(this.graph, result) : '';
    const inputs = head.inputs.map((input) => this.read(input, direct, reader));
    const channels = head.shape[head.shape.length - 1];
    const parameters = this.slots(head, `${integer} ${direct}`, () => [
      ...(head.op === 'batch-norm' ? [f32('multiplier', channels), f32('offset', channels)] : []),
      ...(head.op === 'rprelu' ? [f32('before', channels), f32('slope', channels), f32('after', channels)] : []),
      ...(integer ? [...head.inputs.map((_, i) => f32(`grid${i}`, 2)), f32('grid', 2)] : []),
      ...(head.op === 'add' ? [f32('limits', 2)] : []),
    ]);
    const output = this.buffer(result, direct, reader);
    this.groupOfStep.set(this.steps.length, group);
    this.steps.push({ kind: 'op', node: head.id, op: head.op, attributes: numbersOf(head), inputs, output, parameters });
    this.convertStored(result, direct, stored);
  }

  /** int8 results of these come from int8 inputs: see formats.ts. */
  private isIntegerOperator(head: GraphNode, result: ValueId): boolean {
    return head.op === 'add' || this.formats.gridSource.get(result) !== result;
  }
}

export interface LowerOptions {
  /**
   * Results that an xnor layer reads are compared in the accumulator and stored as signs (the default). Without, they
   * are kept in float32 and packed in a step of their own, so that they can be measured.
   */
  readonly fuseSigns: boolean;
}

/** Structure of the deployed network for a plan. Throws where a layer cannot take its scheme or an operator is unknown. */
export function lower(graph: Graph, plan: Plan, options: LowerOptions = { fuseSigns: true }): Lowering {
  const unknown = graph.nodes.find((node) => node.op === 'unknown');
  if (unknown?.op === 'unknown') {
    throw new StudioError(`${unknown.id} is a ${unknown.attributes.sourceOp}, which the studio does not run.`, {
      where: graph.name,
      next: 'Cut the graph before it, or treat it as identity.',
    });
  }
  const groups = groupsOf(graph);
  const formats = formatsOf(graph, plan, groups, options.fuseSigns);
  const lowerer = new Lowerer(graph, plan, formats);
  const inputs = graph.inputs.map((input) => lowerer.input(input.id));
  for (const group of groups) lowerer.group(group);
  const { buffers, steps, valueOfBuffer, groupOfStep, readerOfSignPack } = lowerer;
  const outputs = graph.outputs.map((id) => buffers.findIndex((buffer) => buffer.id === id && buffer.format === 'float32'));
  return {
    network: { name: graph.name, buffers, steps, inputs, outputs },
    groups,
    formats,
    groupOfStep,
    valueOfBuffer,
    readerOfSignPack,
  };
}
