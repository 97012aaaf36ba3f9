import { isLayer, layersOf, type NodeId } from '../../../core/graph/graph.ts';
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
  return layersOf(graph)
    .filter((layer) => wanted.has(layer.id) && !variant.lockedLayers.includes(layer.id))
    .filter((layer) => refusalsOf(graph, layer)[scheme] === null)
    .map((layer) => layer.id);
}

/** Sets the scheme of layers; locked layers and layers that cannot take it stay as they are. */
export function setScheme(project: Project, layers: readonly NodeId[], scheme: SchemeId): Project {
  return editActive(project, (variant) => {
    const changed = settableLayers(project, variant, layers, scheme).filter((layer) => schemeOf(variant.plan, layer) !== scheme);
    if (changed.length === 0) return variant;
    const plan: Record<NodeId, LayerChoice> = { ...variant.plan };
    for (const layer of changed) plan[layer] = { scheme };
    return { ...variant, plan };
  });
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
    const locked = Object.fromEntries(variant.lockedLayers.flatMap((layer) => (variant.plan[layer] ? [[layer, variant.plan[layer]]] : [])));
    const free = Object.fromEntries(Object.entries(plan).filter(([layer]) => !variant.lockedLayers.includes(layer)));
    return { ...variant, plan: { ...free, ...locked } };
  });
}

/** Locks the layers when any of them is open, otherwise unlocks them. Changes no number, so it never branches. */
export function toggleLock(project: Project, layers: readonly NodeId[]): Project {
  const variant = project.variants[project.active];
  const { graph } = identityOf(project, variant);
  const known = layers.filter((id) => graph.nodes.some((node) => node.id === id && isLayer(node)));
  if (known.length === 0) return project;
  const allLocked = known.every((layer) => variant.lockedLayers.includes(layer));
  const others = variant.lockedLayers.filter((layer) => !known.includes(layer));
  const edited = { ...variant, lockedLayers: allLocked ? others : [...others, ...known] };
  return { ...project, variants: { ...project.variants, [variant.id]: edited } };
}

export function schemeOf(plan: Plan, layer: NodeId): SchemeId {
  return plan[layer]?.scheme ?? 'float32';
}
