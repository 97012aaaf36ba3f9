import { isSlower } from '../../../core/bench/reasons.ts';
import type { NodeId } from '../../../core/graph/graph.ts';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import type { LoweredNetwork } from '../../../core/runtime/program.ts';
import type { ActivityState } from '../../state/activity.ts';
import { schemeOf } from '../../state/edits/plan.ts';
import { aloneChange, harmSteps } from '../../state/select/forecast.ts';
import { layerTable } from '../../state/select/layers.ts';
import { deployedShape, type ActiveNetwork } from '../../state/select/network.ts';
import { memoisePerObject } from '../../state/select/memoise.ts';
import { viewGraph } from '../../state/select/view-graph.ts';

/** The numbers of one row of the table and one node of the graph. */
export interface Figures {
  readonly bytes: number;
  readonly milliseconds: number | null;
  /** The time is of exactly this plan; otherwise from the kernel table. */
  readonly timeMeasured: boolean;
  /** float32 ÷ this where that is below 1: the layer is slower than it was. */
  readonly slower: number | null;
  /** Accuracy change (share) of this layer alone at its rung. */
  readonly cost: number | null;
}

export type FigureTable = Readonly<Record<NodeId, Figures>>;

type Measured = Pick<ActivityState, 'speeds' | 'ladders' | 'sensitivities'>;

const known = new WeakMap<ActiveNetwork, { readonly measured: Measured; readonly table: FigureTable }>();

/** Figures of every shown node; the same object while neither the network nor the measurements change. */
export function figureTable(network: ActiveNetwork, measured: Measured): FigureTable {
  const entry = known.get(network);
  const { speeds, ladders, sensitivities } = measured;
  if (entry && entry.measured.speeds === speeds && entry.measured.ladders === ladders && entry.measured.sensitivities === sensitivities) return entry.table;
  const table = makeFigures(network, measured);
  known.set(network, { measured, table });
  return table;
}

function makeFigures(network: ActiveNetwork, measured: Measured): FigureTable {
  const { graph, plan } = network;
  const view = viewGraph(graph);
  const layers = layerTable(graph);
  const bytes = new Map<NodeId, number>();
  for (const [node, size] of Object.entries(deployedShape(graph, plan).layout.nodes)) {
    const shown = view.shownFor.get(node) ?? node;
    bytes.set(shown, (bytes.get(shown) ?? 0) + size);
  }
  const timed = new Map(measured.speeds[network.key]?.layers.map((layer) => [layer.layer, layer]));
  const ladder = measured.ladders[network.project.source.weightsHash];
  const cells = measured.sensitivities[network.networkKey];
  const table: Record<NodeId, Figures> = {};
  for (const node of view.nodes) {
    const scheme = schemeOf(plan, node.id);
    const isLayer = layers[node.id] !== undefined;
    const time = timed.get(node.id);
    const costs = ladder?.[node.id];
    const milliseconds = time?.milliseconds ?? costs?.[scheme] ?? null;
    const float = time?.floatMilliseconds ?? costs?.float32;
    const ratio = scheme !== 'float32' && float && milliseconds ? float / milliseconds : 1;
    table[node.id] = {
      bytes: bytes.get(node.id) ?? 0,
      milliseconds,
      timeMeasured: time !== undefined,
      slower: isSlower(ratio) ? ratio : null,
      cost: isLayer ? aloneChange(cells?.[node.id], scheme) : null,
    };
  }
  return table;
}

/** Sum where every part is known; null otherwise. */
export function total(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}

/** Steps of the harm line per rung, as one string so that a row knows whether it changed: "000358". */
export function harmCode(measured: Measured, network: ActiveNetwork, layer: NodeId, schemes: readonly SchemeId[]): string {
  const cells = measured.sensitivities[network.networkKey]?.[layer];
  return schemes.map((scheme) => harmSteps(aloneChange(cells, scheme))).join('');
}

const FORMAT_NAMES = { float32: 'FP32', int8: 'INT8 grid', sign: 'one bit' } as const;

const operatorSteps = memoisePerObject((network: LoweredNetwork) => new Map(network.steps.flatMap((step) => (step.kind === 'op' ? [[step.node, step] as const] : []))));

/** What a node without a precision of its own does in the deployed network. */
export function passNote(network: LoweredNetwork, node: NodeId, sourceOp: string | null): string {
  if (sourceOp !== null) return `Not run: the studio has no operator ${sourceOp}`;
  const step = operatorSteps(network).get(node);
  if (!step) return 'Not exported: the ranking stays the same';
  const format = FORMAT_NAMES[network.buffers[step.output].format];
  return step.inputs.length > 1 ? `Follows its inputs: ${format}` : `Follows its input: ${format}`;
}
