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

/** Why this cannot be the name of a package and its files, or null. */
export function nameProblem(name: string): string | null {
  if (name.trim() === '') return 'A package needs a name.';
  if (/[\\/:*?"<>|]/.test(name)) return 'A name holds none of \\ / : * ? " < > |.';
  return name.length > 80 ? 'A name has at most 80 characters.' : null;
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

/**
 * The weights of a trained variant, and pictures that were drawn here, are in no file that the command line could read: the
 * package then carries the variant itself, with its weights and ranges.
 */
export function needsVariantFile(network: Pick<ActiveNetwork, 'variant'>, dataFormat: string | null): boolean {
  return network.variant.trained !== null || dataFormat === 'sample';
}

/** What to type for the same file, from where the package lies. A data set is named, not its path: the page knows none. */
export function commandLine(network: ActiveNetwork, name: string, target: string, dataFormat: string | null, contents: readonly string[] = []): string {
  const { source, data } = network.project;
  const uniform = uniformScheme(network);
  const plan = uniform ? ['--scheme', uniform] : ['--plan', `${name}/${name}.plan.json`];
  const from = needsVariantFile(network, dataFormat) ? [`${name}/${name}.bitvar`] : [source.fileName, ...plan];
  const pictures = data && dataFormat !== 'sample' ? ['--data', `<files of ${data.name}>`.replaceAll(' ', '\u00a0')] : [];
  const words = ['bitwright', 'export', ...from.map(quote), ...pictures, '--target', target, '--out', 'exports', ...(contents.length > 0 ? ['--with', contents.join(',')] : []), '--prove'];
  return words.join(' ');
}
