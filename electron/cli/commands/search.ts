import { choosePlan } from '../../../core/analysis/search/choose.ts';
import { packedSize } from '../../../core/analysis/size.ts';
import { StudioError } from '../../../core/base/errors.ts';
import { networkCosts, tableMilliseconds } from '../../../core/bench/forecast.ts';
import { layersOf, type Graph } from '../../../core/graph/graph.ts';
import { JOBS } from '../../../core/jobs/index.ts';
import type { PlanBudgets, SearchResult } from '../../../core/jobs/analysis-results.ts';
import type { Evaluation } from '../../../core/jobs/contract.ts';
import { lower } from '../../../core/runtime/lower.ts';
import { SCHEMES } from '../../../core/schemes/index.ts';
import { choiceOf } from '../../../core/schemes/layer-facts.ts';
import type { Plan } from '../../../core/schemes/scheme.ts';
import { writeFileAtomic } from '../../host/atomic.ts';
import { UsageError, type ParsedArguments } from '../arguments.ts';
import { JSON_OPTION, printJson } from '../command.ts';
import type { Command } from '../command.ts';
import { DATA_OPTIONS, openDataFor, type OpenedData } from '../data.ts';
import { openModel } from '../network.ts';
import { frontTable, planTable, type MeasuredPoint } from '../search-text.ts';
import { calibrateFor } from '../state.ts';
import type { Terminal } from '../terminal.ts';

const PROBES = 200;
const LIMIT = 1000;
const POINTS = 16;

export const search: Command = {
  name: 'search',
  summary: 'Finds the precision of each layer for a budget: measures what every layer loses, solves exactly, and measures the plans.',
  positionals: ['MODEL'],
  options: {
    data: { ...DATA_OPTIONS.data, required: true },
    label: DATA_OPTIONS.label,
    preprocess: DATA_OPTIONS.preprocess,
    'budget-kb': { value: 'N', help: 'Largest file, in thousands of bytes.' },
    'budget-ms': { value: 'N', help: 'Longest inference, by the kernel table measured here.' },
    'floor-accuracy': { value: 'P', help: 'Smallest accuracy in percent: the smallest plan that keeps it.' },
    refine: { value: 'N', help: 'Rounds of looking around the chosen plan, layers together; each takes about as long as the first scan (0).', minimum: 0 },
    tied: { value: null, help: 'One precision for layers whose results meet in an add.' },
    probes: { value: 'N', help: `Images that every layer is tried on (${PROBES}).`, minimum: 1 },
    limit: { value: 'N', help: `Test samples that plans are measured on (${LIMIT}).`, minimum: 1 },
    points: { value: 'N', help: `Budgets that the front is solved for (${POINTS}).`, minimum: 2 },
    out: { value: 'FILE', help: 'The plan as JSON, for quantize, train and export.', required: true },
    ...JSON_OPTION,
  },
  examples: [
    'bitwright search resnet8.h5 --data cifar10/ --budget-kb 60 --out plan.json',
    'bitwright search resnet8.h5 --data cifar10/ --floor-accuracy 85 --out plan.json && bitwright quantize resnet8.h5 --plan plan.json --data cifar10/ --out resnet8.bitvar',
  ],
  async run(args, terminal) {
    const budgets: PlanBudgets = { ...positive(args, 'budget-kb', 'bytes', 1000), ...positive(args, 'budget-ms', 'milliseconds', 1) };
    const floor = positive(args, 'floor-accuracy', 'percent', 1).percent ?? null;
    if (Object.keys(budgets).length === 0 && floor === null) throw new UsageError('search needs --budget-kb, --budget-ms or --floor-accuracy.');
    const imported = await openModel(args.positionals[0], terminal);
    const { model } = imported;
    const opened = (await openDataFor(args, terminal, { kind: 'model', imported }))!;
    const measure = await measurer(imported, opened, args.number('limit', LIMIT), terminal);
    const found = await findPlans(args, measure, budgets, terminal);
    const float = await measure.evaluate({});
    const solved = await inTurn(plansOf(found, model.graph.name), async (point) => ({ ...point, measured: await measure.evaluate(point.plan) }));
    const limits = { ...budgets, ...(floor === null ? {} : { accuracy: floor / 100 }) };
    const refined = await refine(choosePlan(solved, limits), args, measure, budgets, terminal);
    const points = refined ? [...solved, refined] : solved;
    terminal.progress.clear();
    const chosen = choosePlan(points, limits);
    if (chosen === null) {
      const most = Math.max(...points.map(({ measured }) => measured.accuracy));
      throw new StudioError(`No plan of the front keeps ${floor} %: the best has ${(100 * most).toFixed(1)} %.`, { where: model.graph.name, next: 'Give a lower floor or a larger budget, or train a plan.' });
    }
    const out = args.text('out')!;
    await writeFileAtomic(out, new TextEncoder().encode(`${JSON.stringify(planFile(model.graph, chosen.plan), null, 1)}\n`));
    const figures = points.map((point): MeasuredPoint => ({ ...point, chosen: point === chosen }));
    if (args.flag('json')) {
      const shown = figures.map(({ measured: evaluation, ...point }) => ({ ...point, measured: evaluation && { ...evaluation, predictions: undefined } }));
      return printJson(terminal, { out, floatAccuracy: float.accuracy, count: float.count, preprocess: opened.preprocess, exact: found.exact, budgets: { ...budgets, accuracy: floor }, points: shown, chosen: shown.find((point) => point.chosen) });
    }
    terminal.print(frontTable(model.graph, figures));
    terminal.print(`\n${planTable(model.graph, chosen.plan)}`);
    if (!found.exact) terminal.say('The budgets pull against each other in too many ways to try all: a slightly better plan may exist.');
    terminal.print(`\nWrote ${out}: ${(chosen.bytes / 1000).toFixed(1)} KB. Float32 answers ${(100 * float.accuracy).toFixed(1)} % of the same ${float.count} samples right.`);
  },
};

function positive<K extends string>(args: ParsedArguments, option: string, name: K, unit: number): Partial<Record<K, number>> {
  const text = args.text(option);
  if (text === null) return {};
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new UsageError(`--${option} is a number above 0, not "${text}".`);
  return { [name]: value * unit } as Partial<Record<K, number>>;
}

type SolvedPoint = Omit<MeasuredPoint, 'chosen' | 'measured'> & { readonly measured: Evaluation };
type Measurer = Awaited<ReturnType<typeof measurer>>;

/** Calibrates once, and evaluates plans on the same samples. */
async function measurer(imported: Parameters<typeof calibrateFor>[0], { data, preprocess }: OpenedData, limit: number, terminal: Terminal) {
  const { model } = imported;
  const calibration = await calibrateFor(imported, data, preprocess, terminal);
  const known = new Map<string, Evaluation>();
  return {
    model,
    data,
    preprocess,
    calibration,
    async evaluate(plan: Plan): Promise<Evaluation> {
      const key = JSON.stringify(layersOf(model.graph).map(({ id }) => choiceOf(plan, id)));
      const before = known.get(key);
      if (before) return before;
      const report = ({ done, total }: { done: number; total: number }): void => terminal.progress.show(`Measuring plan ${known.size + 1}`, done, total);
      const evaluation = await JOBS.evaluate({ state: { model, plan, calibration }, reference: model, data, preprocess, offset: 0, limit }, { signal: terminal.signal, report });
      known.set(key, evaluation);
      return evaluation;
    },
  };
}

async function findPlans(args: ParsedArguments, { model, data, preprocess, calibration }: Measurer, budgets: PlanBudgets, terminal: Terminal): Promise<SearchResult> {
  const context = (label: string) => ({ signal: terminal.signal, report: ({ done, total }: { done: number; total: number }): void => terminal.progress.show(label, done, total) });
  const cells = await JOBS.sensitivity({ model, calibration, data, preprocess, samples: args.number('probes', PROBES) }, context('Finding what every layer loses'));
  const timed = budgets.milliseconds !== undefined;
  const costs = timed ? networkCosts(await JOBS.measureLadder({ graph: model.graph }, context('Timing every layer at every precision'))) : null;
  const over = timed && budgets.bytes === undefined ? 'milliseconds' : 'bytes';
  return JOBS.searchPlans({ graph: model.graph, locked: {}, cells, costs, budgets, over, points: args.number('points', POINTS), tied: args.flag('tied') }, context('Solving'));
}

/** The solver's plans and the uniform ones, without repetitions. */
function plansOf({ front, best, uniform, least }: SearchResult, where: string): readonly Omit<MeasuredPoint, 'measured' | 'chosen'>[] {
  if (best === null) {
    const limits = [least.bytes === null ? null : `${(least.bytes / 1000).toFixed(1)} KB`, least.milliseconds === null ? null : `${least.milliseconds.toFixed(3)} ms`].filter((text) => text !== null);
    throw new StudioError(`No plan fits the budget: the most frugal one takes ${limits.join(' or ')}.`, { where, next: 'Give a larger budget.' });
  }
  const solved = new Map([...front, best].map((point) => [JSON.stringify(point.plan), { ...point, uniform: null, refined: false }]));
  return [...solved.values(), ...uniform.map((point) => ({ ...point, uniform: SCHEMES[point.scheme].name, refined: false }))];
}

/** The plan that looking around the chosen one leads to; null where that was not asked for or leads nowhere. */
async function refine(chosen: SolvedPoint | null, args: ParsedArguments, { evaluate, model, data, preprocess, calibration }: Measurer, budgets: PlanBudgets, terminal: Terminal): Promise<SolvedPoint | null> {
  const rounds = args.number('refine', 0);
  if (!chosen || rounds === 0) return null;
  // A floor has no limit of its own: the plan may take as much as the chosen one.
  const within: PlanBudgets = budgets.bytes === undefined && budgets.milliseconds === undefined ? { bytes: chosen.bytes } : budgets;
  const context = { signal: terminal.signal, report: ({ done, total }: { done: number; total: number }): void => terminal.progress.show('Looking around the plan', done, total) };
  const costs = within.milliseconds === undefined ? null : networkCosts(await JOBS.measureLadder({ graph: model.graph }, context));
  const samples = args.number('probes', PROBES);
  const { plan, before, after } = await JOBS.refinePlan({ model, calibration, data, preprocess, samples, plan: chosen.plan, locked: {}, costs, budgets: within, tied: args.flag('tied'), rounds }, context);
  if (after >= before) return null;
  return {
    ...chosen,
    plan,
    bytes: packedSize(model.graph, plan).totalBytes,
    milliseconds: costs && tableMilliseconds(lower(model.graph, plan).network, costs),
    // Not a sum over layers: measured on the probe images.
    divergence: after,
    accuracyChange: Number.NaN,
    uniform: null,
    refined: true,
    measured: await evaluate(plan),
  };
}

async function inTurn<A, B>(list: readonly A[], act: (item: A) => Promise<B>): Promise<readonly B[]> {
  const results: B[] = [];
  for (const item of list) results.push(await act(item));
  return results;
}

function planFile(graph: Graph, plan: Plan): object {
  return { layers: Object.fromEntries(layersOf(graph).map(({ id }) => [id, plan[id]?.options ? plan[id] : choiceOf(plan, id).scheme])) };
}
