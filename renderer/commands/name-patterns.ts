import { layersByPattern } from '../state/select/name-patterns.ts';
import { schemeOf } from '../state/edits/plan.ts';
import { selectLayers, sessionStore } from '../state/session.ts';
import { chooseScheme, current } from './layers.ts';

/** Gives the layers of a name pattern the rung of the focused one, in one step. */
export function spreadToPattern(pattern: string): void {
  const network = current();
  const { focused } = sessionStore.getState();
  if (network && focused !== null) chooseScheme(layersByPattern(network.graph, pattern), schemeOf(network.plan, focused));
}

export function selectByPattern(pattern: string): void {
  const network = current();
  if (!network) return;
  const layers = layersByPattern(network.graph, pattern);
  const { focused } = sessionStore.getState();
  selectLayers(layers, focused !== null && layers.includes(focused) ? focused : (layers[0] ?? null));
}
