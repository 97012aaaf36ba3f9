import { isLayer, layersOf, nodesById, type NodeId } from '../../../core/graph/graph.ts';
import type { LayerChoice, Plan, SchemeId } from '../../../core/schemes/scheme.ts';
import { refusalsOf } from '../../../core/schemes/layer-facts.ts';
import type { OptionValue } from '../../../core/quant/fields.ts';
import type { Project, Variant } from '../../../core/project/schema.ts';
import { identityOf } from '../keys.ts';
import { editActive } from './variants.ts';

/** Layers of the list that the scheme fits and that are not locked. */
export function settableLayers(project: Project, variant: Variant, layers: readonly NodeId[], scheme: SchemeId): readonly NodeId[] {
  const { graph } = identityOf(project, variant);
  const wanted = new Set(layers);
  for (const locked of variant.lockedLayers) wanted.delete(locked);
  return layersOf(graph)
    .filter((layer) => wanted.has(layer.id))
    .filter((layer) => refusalsOf(graph, layer)[scheme] === null)
    .map((layer) => layer.id);
}

/** Sets the scheme of layers; locked layers and layers that cannot take it stay as they are. */
export function setScheme(project: Project, layers: readonly NodeId[], scheme: SchemeId): Project {
  return editActive(project, (variant) => {
    const changed = settableLayers(project, variant, layers, scheme).filter((layer) => schemeOf(variant.plan, layer) !== scheme);
    if (changed.length === 0) return variant;
    if (changed.length === 1) return { ...variant, plan: planWith(variant.plan, changed[0], scheme) };
    const plan: Record<NodeId, LayerChoice> = { ...variant.plan };
    for (const layer of changed) plan[layer] = { scheme };
    return { ...variant, plan };
  });
}

let nextPlans: { readonly from: Plan; readonly plans: Map<string, Plan> } | null = null;

/** The plan with one layer at another scheme: the same object as the forecast of it made, so that its size is known when it is chosen. */
export function planWith(plan: Plan, layer: NodeId, scheme: SchemeId): Plan {
  if (nextPlans?.from !== plan) nextPlans = { from: plan, plans: new Map() };
  const key = `${scheme} ${layer}`;
  let next = nextPlans.plans.get(key);
  if (!next) nextPlans.plans.set(key, (next = { ...plan, [layer]: { scheme } }));
  return next;
}

export function setOption(project: Project, layer: NodeId, name: string, value: OptionValue): Project {
  return editActive(project, (variant) => {
    const choice = variant.plan[layer];
    if (!choice || choice.options?.[name] === value || variant.lockedLayers.includes(layer)) return variant;
    const options = { ...choice.options, [name]: value };
    return { ...variant, plan: { ...variant.plan, [layer]: { ...choice, options } } };
  });
}

export function replacePlan(project: Project, plan: Plan): Project {
  return editActive(project, (variant) => {
    const isLocked = new Set(variant.lockedLayers);
    const locked = Object.fromEntries(variant.lockedLayers.flatMap((layer) => (variant.plan[layer] ? [[layer, variant.plan[layer]]] : [])));
    const free = Object.fromEntries(Object.entries(plan).filter(([layer]) => !isLocked.has(layer)));
    return { ...variant, plan: { ...free, ...locked } };
  });
}

/** Locks the layers when any of them is open, otherwise unlocks them. Changes no number, so it never branches. */
export function toggleLock(project: Project, layers: readonly NodeId[]): Project {
  const variant = project.variants[project.active];
  const { graph } = identityOf(project, variant);
  const nodes = nodesById(graph);
  const known = layers.filter((id) => {
    const node = nodes.get(id);
    return node !== undefined && isLayer(node);
  });
  if (known.length === 0) return project;
  const isLocked = new Set(variant.lockedLayers);
  const toggled = new Set(known);
  const allLocked = known.every((layer) => isLocked.has(layer));
  const others = variant.lockedLayers.filter((layer) => !toggled.has(layer));
  const edited = { ...variant, lockedLayers: allLocked ? others : [...others, ...known] };
  return { ...project, variants: { ...project.variants, [variant.id]: edited } };
}

export function schemeOf(plan: Plan, layer: NodeId): SchemeId {
  return plan[layer]?.scheme ?? 'float32';
}
