import { packedSize } from '../../../core/analysis/size.ts';
import { formatsFor } from '../../../core/base/format.ts';
import { elementCount, layersOf } from '../../../core/graph/graph.ts';
import type { Graph } from '../../../core/graph/graph.ts';
import { refusalsOf } from '../../../core/schemes/layer-facts.ts';
import { choiceOf } from '../../../core/schemes/layer-facts.ts';
import type { Plan } from '../../../core/schemes/scheme.ts';
import { UsageError } from '../arguments.ts';
import { JSON_OPTION, printJson } from '../command.ts';
import type { Command } from '../command.ts';
import { checkOpened, dataFacts, dataText } from '../data-report.ts';
import { DATA_OPTIONS, openDataFor } from '../data.ts';
import { openNetwork } from '../network.ts';
import type { OpenedNetwork } from '../network.ts';
import { table } from '../terminal.ts';

interface LayerRow {
  readonly name: string;
  readonly op: string;
  readonly shape: readonly number[];
  readonly parameters: number;
  readonly scheme: string;
  /** Schemes that the layer cannot take, with the reason. */
  readonly refused: Readonly<Record<string, string>>;
}

export const inspect: Command = {
  name: 'inspect',
  summary: 'Shows what is in a network: layers, shapes, parameters, precisions each layer can take; with --data also checks a data set.',
  positionals: ['[MODEL]'],
  options: { ...DATA_OPTIONS, ...JSON_OPTION },
  examples: ['bitwright inspect mnist.onnx', 'bitwright inspect resnet8.h5 --data cifar10/ --json', 'bitwright inspect --data digits.csv'],
  async run(args, terminal) {
    const [path] = args.positionals;
    if (path === undefined && args.text('data') === null) throw new UsageError('There is nothing to inspect: name a network, a data set with --data, or both.');
    const opened = path === undefined ? null : await openNetwork(path, terminal);
    const data = await openDataFor(args, terminal, opened);
    const checked = data && (await checkOpened(data, opened, terminal));
    const facts = opened && factsOf(opened);
    if (args.flag('json')) return printJson(terminal, { ...facts, ...(data && checked ? { data: dataFacts(data, checked) } : {}) });
    if (data && checked) terminal.print(`${dataText(data, checked)}${facts ? '\n' : ''}`);
    if (!facts) return;
    const { layers, ...rest } = facts;
    terminal.print(Object.entries(rest).filter(([, value]) => value !== null).map(describe).join('\n'));
    const rows = layers.map((layer) => [layer.name, layer.op, layer.shape.join('×'), String(layer.parameters), layer.scheme]);
    terminal.print(`\n${table(['Layer', 'Operator', 'Output', 'Parameters', 'Precision'], rows)}`);
  },
};

function factsOf(opened: OpenedNetwork): { readonly layers: readonly LayerRow[] } & Readonly<Record<string, unknown>> {
  if (opened.kind === 'packed') {
    const { network } = opened.program;
    const steps = network.steps.filter((step) => step.kind === 'layer');
    const layers = steps.map((step): LayerRow => {
      const { outputHeight, outputWidth, outputChannels } = step.geometry;
      const parameters = step.parameters.reduce((sum, slot) => (slot.name === 'codes' || slot.name === 'kernel' ? sum + slot.count : sum), 0);
      return { name: step.node, op: step.geometry.op, shape: [1, outputHeight, outputWidth, outputChannels], parameters, scheme: step.scheme, refused: {} };
    });
    return { file: opened.fileName, format: 'Packed Bitwright network', name: network.name, bytes: opened.bytes, layers };
  }
  if (opened.kind === 'variant') {
    const { name, model, plan, preprocess } = opened.variant;
    const packedBytes = packedSize(model.graph, plan).totalBytes;
    return { file: opened.fileName, format: 'Bitwright variant', name, preprocess, packedBytes, layers: layerRows(model.graph, plan) };
  }
  const { fileName, hash, model, plan, report } = opened.imported;
  const { format, parameters, floatBytes, multiplyAccumulates, folds, unknown, runs } = report;
  const inputs = model.graph.inputs.map((input) => ({ name: input.id, shape: input.shape }));
  return { file: fileName, format, hash, inputs, parameters, floatBytes, multiplyAccumulates, folds, unknown, runs, layers: layerRows(model.graph, plan) };
}

function layerRows(graph: Graph, plan: Plan): readonly LayerRow[] {
  return layersOf(graph).map((node) => ({
    name: node.id,
    op: node.op,
    shape: node.shape,
    parameters: Object.values(node.weights).reduce((sum, id) => sum + elementCount(graph.weights[id].shape), 0),
    scheme: choiceOf(plan, node.id).scheme,
    refused: Object.fromEntries(Object.entries(refusalsOf(graph, node)).filter((entry): entry is [string, string] => entry[1] !== null)),
  }));
}

const { count } = formatsFor('en');

const LABELS: Readonly<Record<string, string>> = {
  file: 'File',
  format: 'Format',
  name: 'Name',
  hash: 'Hash',
  inputs: 'Inputs',
  parameters: 'Parameters',
  floatBytes: 'Bytes as float32',
  multiplyAccumulates: 'Multiply-accumulates',
  folds: 'Read and rewritten',
  unknown: 'Not run',
  runs: 'Runs',
  bytes: 'Bytes',
  packedBytes: 'Bytes packed',
  preprocess: 'Preprocessing',
};

function describe([key, value]: [string, unknown]): string {
  return `${(LABELS[key] ?? key).padEnd(22)} ${words(value)}`;
}

function words(value: unknown): string {
  if (typeof value === 'number') return count(value);
  if (value === true) return 'yes';
  if (!Array.isArray(value)) return String(value);
  if (value.length === 0) return 'none';
  const lines = value.map((item: unknown) => (typeof item === 'string' ? item : Object.values(item as object).map(String).join(' ')));
  return lines.join(`\n${' '.repeat(23)}`);
}
