import { readFile } from 'node:fs/promises';
import { planFromJson, planUniformly } from '../../core/analysis/plans.ts';
import { StudioError } from '../../core/base/errors.ts';
import type { Graph } from '../../core/graph/graph.ts';
import { SCHEME_IDS } from '../../core/schemes/index.ts';
import type { Plan, SchemeId } from '../../core/schemes/scheme.ts';
import type { ParsedArguments } from './arguments.ts';
import type { Terminal } from './terminal.ts';

export const PLAN_OPTIONS = {
  scheme: { value: 'ID', help: 'Precision of the middle layers; first and last are int8', choices: SCHEME_IDS },
  plan: { value: 'FILE', help: 'A JSON file with the precision of each layer.' },
} as const;

/** The plan that --scheme or --plan asks for; null without either. */
export async function readPlan(args: ParsedArguments, graph: Graph, terminal: Terminal): Promise<Plan | null> {
  const [scheme, path] = [args.text('scheme'), args.text('plan')];
  if (scheme === null && path === null) return null;
  const { plan, fallbacks } = path === null ? planUniformly(graph, scheme as SchemeId) : planFromJson(graph, await readJson(path), path);
  for (const { layer, asked, given, reason } of fallbacks) terminal.say(`${layer} stays ${given}: ${asked} is refused. ${reason}`);
  return plan;
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new StudioError('The plan cannot be read.', { where: path, next: 'Check the path.', cause: error });
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new StudioError(`The plan is not JSON: ${(error as Error).message}.`, { where: path, next: 'Correct the file and run again.' });
  }
}
