import { layersOf } from '../../core/graph/graph.ts';
import { uniformPlan } from '../../core/analysis/plans.ts';
import { SCHEME_IDS } from '../../core/schemes/index.ts';
import { choiceOf } from '../../core/schemes/layer-facts.ts';
import type { Plan, SchemeId } from '../../core/schemes/scheme.ts';
import type { ActiveNetwork } from './select/network.ts';

/** A file name from project and variant: letters, digits, dots and dashes of any language. */
export function packageName(network: Pick<ActiveNetwork, 'project' | 'variant'>): string {
  const text = `${network.project.name} ${network.variant.name}`;
  return text.normalize('NFC').replace(/[^\p{L}\p{N}.]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '').slice(0, 80).toLowerCase() || 'network';
}

/** The precision of every layer, in the form that the command line reads. */
export function planJson(network: Pick<ActiveNetwork, 'graph' | 'plan'>): string {
  const layers = Object.fromEntries(layersOf(network.graph).map((layer) => [layer.id, network.plan[layer.id] ?? { scheme: 'float32' }]));
  return `${JSON.stringify({ layers }, null, 1)}\n`;
}

export function planFile(network: Pick<ActiveNetwork, 'graph' | 'plan'>, name: string): { readonly path: string; readonly bytes: Uint8Array } {
  return { path: `${name}.plan.json`, bytes: new TextEncoder().encode(planJson(network)) };
}

/** The scheme whose uniform plan (first and last layer INT8) this is, or null. */
export function uniformScheme(network: Pick<ActiveNetwork, 'graph' | 'plan'>): SchemeId | null {
  const text = (plan: Plan) => JSON.stringify(layersOf(network.graph).map((layer) => choiceOf(plan, layer.id)));
  const own = text(network.plan);
  return SCHEME_IDS.find((id) => text(uniformPlan(network.graph, id)) === own) ?? null;
}

function quote(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `"${word.replace(/(["\\$`])/g, '\\$1')}"`;
}

/** What to type for the same file. A trained variant is named by the file in the package; others by model and plan. */
export function commandLine(network: ActiveNetwork, name: string, target: string): string {
  const data = network.project.data;
  const uniform = uniformScheme(network);
  const from = network.variant.trained
    ? [`${name}/${name}.variant`]
    : [network.project.source.fileName, ...(uniform ? ['--scheme', uniform] : ['--plan', `${name}/${name}.plan.json`])];
  const words = ['bitwright', 'export', ...from, ...(data ? ['--data', data.name] : []), '--target', target, '--out', 'exports', '--prove'];
  return words.map(quote).join(' ');
}
