import type { Model } from '../graph.ts';
import { rewrite } from './rewrite.ts';

/** The network that computes the outputs and nothing else: without operators that are kept but not run. */
export function runnablePart(model: Model): Model {
  const needed = new Set(model.graph.outputs);
  for (const node of model.graph.nodes.toReversed()) if (needed.has(node.id)) for (const id of node.inputs) needed.add(id);
  const rest = model.graph.nodes.filter((node) => !needed.has(node.id));
  return rest.length === 0 ? model : rewrite(model, { replaced: new Map(rest.map((node) => [node.id, []])) });
}
