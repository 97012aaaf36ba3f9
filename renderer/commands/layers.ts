import type { NodeId } from '../../core/graph/graph.ts';
import { SCHEMES } from '../../core/schemes/index.ts';
import type { SchemeId } from '../../core/schemes/scheme.ts';
import type { OptionValue } from '../../core/quant/fields.ts';
import { applyEdit, documentStore } from '../state/document.ts';
import { replacePlan, schemeOf, setOption, setScheme, settableLayers, toggleLock } from '../state/edits/plan.ts';
import { layerTable } from '../state/select/layers.ts';
import { activeNetwork, inGraphOrder, type ActiveNetwork } from '../state/select/network.ts';
import { viewGraph } from '../state/select/view-graph.ts';
import { notify, selectLayers, sessionStore } from '../state/session.ts';

export function current(): ActiveNetwork | null {
  const { project } = documentStore.getState();
  return project && activeNetwork(project);
}

/** Selected layers, in graph order. */
export function selectedLayers(): readonly NodeId[] {
  const network = current();
  if (!network) return [];
  const table = layerTable(network.graph);
  return sessionStore.getState().selection.filter((id) => table[id] !== undefined);
}

const layersWord = (count: number): string => `${count} layer${count === 1 ? '' : 's'}`;

/** Sets a rung for the given layers and says which of them could not take it. */
export function chooseScheme(layers: readonly NodeId[], scheme: SchemeId): void {
  const network = current();
  if (!network || layers.length === 0) return;
  const settable = settableLayers(network.project, network.variant, layers, scheme);
  const name = SCHEMES[scheme].name;
  if (settable.length === 0) return tellRefusal(network, layers, scheme);
  const changed = settable.filter((layer) => schemeOf(network.plan, layer) !== scheme);
  const what = changed.length === 1 ? changed[0] : layersWord(changed.length);
  applyEdit(`${what} to ${name}`, (project) => setScheme(project, layers, scheme));
  const left = layers.length - settable.length;
  if (left > 0) notify({ title: `${layersWord(left)} stayed as ${left === 1 ? 'it was' : 'they were'}.`, body: `Locked, or cannot be ${name}.` });
}

function tellRefusal(network: ActiveNetwork, layers: readonly NodeId[], scheme: SchemeId): void {
  const name = SCHEMES[scheme].name;
  if (layers.length > 1) return void notify({ tone: 'warn', title: `None of the ${layersWord(layers.length)} can be set to ${name}.` });
  const [layer] = layers;
  if (network.variant.lockedLayers.includes(layer)) {
    const actions = [{ label: 'Unlock', run: () => lockLayers([layer]) }];
    return void notify({ tone: 'warn', title: `${layer} is locked.`, body: 'Unlock it to change its precision.', actions });
  }
  notify({ tone: 'warn', title: `${layer} cannot be ${name}.`, body: layerTable(network.graph)[layer]?.refusals[scheme] ?? '' });
}

export function lockLayers(layers: readonly NodeId[]): void {
  const network = current();
  if (!network || layers.length === 0) return;
  const unlocks = layers.every((layer) => network.variant.lockedLayers.includes(layer));
  const what = layers.length === 1 ? layers[0] : layersWord(layers.length);
  applyEdit(`${unlocks ? 'Unlock' : 'Lock'} ${what}`, (project) => toggleLock(project, layers));
}

export function chooseOption(layer: NodeId, name: string, label: string, value: OptionValue): void {
  applyEdit(`${layer}: ${label}`, (project) => setOption(project, layer, name, value), `option:${layer}:${name}`);
}

/** Layers of the same operator and kernel size as this one. */
export function similarLayers(network: ActiveNetwork, layer: NodeId): readonly NodeId[] {
  const table = layerTable(network.graph);
  const info = table[layer];
  if (!info) return [];
  const sign = (other: typeof info): string => `${other.node.op}/${other.facts.kernelShape.slice(0, -2).join('×')}`;
  return Object.values(table).filter((other) => sign(other) === sign(info)).map((other) => other.id);
}

export function blockLayers(network: ActiveNetwork, layer: NodeId): readonly NodeId[] {
  const view = viewGraph(network.graph);
  const block = view.nodes.find((node) => node.id === layer)?.block;
  if (!block) return [];
  const table = layerTable(network.graph);
  return view.blocks[block].nodes.filter((id) => table[id] !== undefined);
}

/** Gives other layers the rung of the focused one. */
export function spreadScheme(to: 'similar' | 'block' | 'all'): void {
  const network = current();
  const { focused } = sessionStore.getState();
  if (!network || focused === null) return;
  const all = Object.keys(layerTable(network.graph));
  const layers = to === 'all' ? all : to === 'block' ? blockLayers(network, focused) : similarLayers(network, focused);
  chooseScheme(layers, schemeOf(network.plan, focused));
}

/** The scheme for the layers between, int8 for the first and the last. */
export function middleScheme(scheme: SchemeId): void {
  const network = current();
  if (!network) return;
  const layers = inGraphOrder(network.graph, new Set(Object.keys(layerTable(network.graph))));
  const table = layerTable(network.graph);
  const plan = Object.fromEntries(
    layers.map((layer, index) => {
      const ends = index === 0 || index === layers.length - 1;
      const fits = table[layer].refusals[scheme] === null;
      return [layer, { scheme: scheme === 'float32' ? scheme : ends || !fits ? ('int8' as const) : scheme }];
    }),
  );
  applyEdit(`All middle layers to ${SCHEMES[scheme].name}`, (project) => replacePlan(project, plan));
}

export function selectAllLayers(): void {
  const network = current();
  if (!network) return;
  const layers = inGraphOrder(network.graph, new Set(Object.keys(layerTable(network.graph))));
  selectLayers(layers, sessionStore.getState().focused ?? layers[0] ?? null);
}
