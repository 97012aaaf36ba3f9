import { describe, expect, it } from 'vitest';
import type { SensitivityCell } from '../../core/analysis/sensitivity/cells.ts';
import { choosePlan } from '../../core/analysis/search/choose.ts';
import { wilsonInterval } from '../../core/analysis/statistics.ts';
import { formatsFor } from '../../core/base/format.ts';
import { layersOf } from '../../core/graph/graph.ts';
import type { PlannedPoint, SearchResult } from '../../core/jobs/analysis-results.ts';
import type { Evaluation } from '../../core/jobs/contract.ts';
import { SCHEMES } from '../../core/schemes/index.ts';
import type { Plan } from '../../core/schemes/scheme.ts';
import { layOutFront, type FrontPoint } from '../../renderer/features/analyse/front-layout.ts';
import { causeText, heatLevel, heatRows, HEAT_SCHEMES, levelTexts, movedCell } from '../../renderer/features/analyse/heat-view.ts';
import { frontPoints, noPlansText, planFacts, planLines, scanText } from '../../renderer/features/analyse/plans-view.ts';
import { sensitivityKey } from '../../renderer/state/analysing.ts';
import { takeFoundPlan, variantWithPlan } from '../../renderer/state/edits/found-plan.ts';
import { toggleLock } from '../../renderer/state/edits/plan.ts';
import { resultKeyOfPlan } from '../../renderer/state/keys.ts';
import { chosenPoint, planPoints, searchedPoints } from '../../renderer/state/select/found-plans.ts';
import { activeNetwork } from '../../renderer/state/select/network.ts';
import { plainNetwork } from '../fixtures/networks.ts';
import { projectOf } from '../fixtures/projects.ts';

const english = formatsFor('en');
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');
const { graph } = plainNetwork(1);
const layers = layersOf(graph).map(({ id }) => id);
const [first, second] = layers as [string, string];
const project = projectOf(graph);
const network = activeNetwork(project);

const cellOf = (layer: string, scheme: SensitivityCell['scheme'], divergence: number): SensitivityCell => ({
  layer,
  scheme,
  definition: 'alone',
  divergence,
  accuracyChange: -1.5,
  lossChange: 0.02,
  noise: { both: 21.34, weights: 21.5, activations: 38.2 },
});

const everywhere = (scheme: 'int8' | 'int4' | 'ternary'): Plan => Object.fromEntries(layers.map((id) => [id, { scheme }]));
const pointOf = (plan: Plan, bytes: number, divergence: number): PlannedPoint => ({ plan, bytes, milliseconds: bytes / 10_000, divergence, accuracyChange: -10 * divergence });

function evaluation(accuracy: number, divergence: number): Evaluation {
  const correct = Math.round(accuracy * 1000);
  return { count: 1000, correct, accuracy, measure: 'accuracy', interval: wilsonInterval(correct, 1000), predictions: new Int32Array(0), divergence, milliseconds: 1 };
}

const RESULT: SearchResult = {
  front: [pointOf(everywhere('ternary'), 2000, 0.9), pointOf({ ...everywhere('int4'), [first]: { scheme: 'int8' } }, 3200, 0.2), pointOf({}, 20_000, 0)],
  best: pointOf({ ...everywhere('int4'), [first]: { scheme: 'int8' } }, 3200, 0.2),
  exact: true,
  uniform: [{ scheme: 'float32', ...pointOf({}, 20_000, 0) }, { scheme: 'int4', ...pointOf(everywhere('int4'), 3000, 0.4) }],
  least: { bytes: 1800, milliseconds: null },
};

describe('the heat map', () => {
  const inputs = { graph, cells: { [second]: { int4: cellOf(second, 'int4', 0.05) } }, definition: 'alone', metric: 'divergence', plan: { [second]: { scheme: 'int4' } } } as const;
  const rows = heatRows(inputs, english);

  it('has a row a layer and says what is refused, missing and known', () => {
    expect(rows.map(({ layer }) => layer)).toEqual(layers);
    const at = (layer: number, scheme: SensitivityCell['scheme']) => rows[layer]!.cells[HEAT_SCHEMES.indexOf(scheme)]!;
    expect(at(0, 'xnor')).toMatchObject({ state: 'refused', text: '' });
    expect(at(0, 'xnor').spoken).toContain('not possible');
    expect(at(1, 'int8')).toMatchObject({ state: 'missing', text: '–' });
    expect(at(1, 'int4')).toMatchObject({ state: 'known', text: '0.050', level: 3, inPlan: true });
    expect(plain(at(1, 'int4').spoken)).toBe(`${second} at INT4, alone: KL 0.050 nats, accuracy −1.5 points, loss +0.020 nats, SQNR 21.3 dB (weights alone 21.5, input alone 38.2)`);
    expect(rows[1]!.planned?.scheme).toBe('int4');
    expect(plain(rows[1]!.planned!.size)).toMatch(/^[\d.]+ KB$/);
    expect(heatRows({ ...inputs, plan: null }, english)[1]!.planned).toBeNull();
  });

  it('grows darker with harm, whichever way the metric counts', () => {
    expect([0, 0.005, 0.02, 0.05, 0.2, 0.5, 3].map((value) => heatLevel('divergence', value))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect([1, -0.6, -1.5, -3, -6, -10, -60].map((value) => heatLevel('accuracy', value))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect([40, 30, 22, 15, 10, 5, 0].map((value) => heatLevel('noise', value))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(levelTexts('divergence', english)).toEqual(['0.003', '0.01', '0.03', '0.1', '0.3', '1']);
  });

  it('names the cause of the noise only where one stands out', () => {
    expect(causeText(cellOf(first, 'int4', 1))).toBe('The weights make most of the noise.');
    expect(causeText({ ...cellOf(first, 'xnor', 1), noise: { both: 3, weights: 9, activations: 5 } })).toBeNull();
    expect(causeText({ ...cellOf(first, 'xnor', 1), noise: { both: 1, weights: 9, activations: 2 } })).toBe('The input makes most of the noise.');
  });

  it('is walked by arrows, Home, End and pages, and never left', () => {
    const from = { layer: second, scheme: 'int4' } as const;
    expect(movedCell(rows, from, 'ArrowUp', false)).toEqual({ layer: first, scheme: 'int4' });
    expect(movedCell(rows, { layer: first, scheme: 'int8' }, 'ArrowLeft', false)).toEqual({ layer: first, scheme: 'int8' });
    expect(movedCell(rows, from, 'End', false)).toEqual({ layer: second, scheme: 'xnor' });
    expect(movedCell(rows, from, 'End', true)).toEqual({ layer: layers.at(-1), scheme: 'xnor' });
    expect(movedCell(rows, from, 'PageDown', false)).toEqual({ layer: layers.at(-1), scheme: 'int4' });
    expect(movedCell(rows, from, 'x', false)).toBeNull();
  });

  it('says how far a scan is, and what is left at its own pace', () => {
    expect(scanText(0, 40, null, 0, english)).toEqual({ share: 0, text: '0 of 40 cells', left: '' });
    // Ten of the twenty cells were known before: ten took five seconds, and twenty are left.
    expect(scanText(20, 40, { kind: 'running', startedAtMs: 1000, doneAtStart: 10 }, 6000, english)).toEqual({ share: 0.5, text: '20 of 40 cells', left: '10\u00a0s left' });
    expect(scanText(20, 40, { kind: 'stopped' }, 0, english).text).toBe('20 of 40 cells, stopped');
    expect(scanText(40, 40, null, 0, english).text).toBe('40 of 40 cells, complete');
  });

  it('keeps the cells in company apart from those that the forecasts read', () => {
    expect(sensitivityKey('net', 'alone')).toBe('net');
    expect(sensitivityKey('net', 'without')).not.toBe('net');
  });
});

describe('the plans', () => {
  const keyOf = (plan: Plan): string => resultKeyOfPlan(project, network.identity, plan);
  const evaluations = { [keyOf({})]: evaluation(0.9, 0), [keyOf(RESULT.best!.plan)]: evaluation(0.84, 0.25), [keyOf(everywhere('int4'))]: evaluation(0.86, 0.15) };
  const points = planPoints({ ...network, key: keyOf({}) }, RESULT, evaluations, 5);

  it('are measured best first, each once', () => {
    expect(searchedPoints(graph, RESULT).map(({ bytes }) => bytes)).toEqual([3200, 20_000, 3000, 2000]);
  });

  it('stand by size, measured or with what their layers do alone, never below chance', () => {
    expect(points.map(({ bytes, accuracy, measured }) => [bytes, accuracy, measured !== null])).toEqual([[2000, 0.81, false], [3000, 0.86, true], [3200, 0.84, true], [20_000, 0.9, true]]);
    const ruined = { ...RESULT, front: [{ ...RESULT.front[0]!, accuracyChange: -300 }] };
    expect(planPoints({ ...network, key: keyOf({}) }, ruined, evaluations, 5)[0]!.accuracy).toBe(0.2);
  });

  it('are chosen by what was measured: within the budget the nearest to float32, with a floor the smallest that keeps it', () => {
    // The solver predicted less loss for 3,200 bytes; measured, INT4 throughout is nearer.
    expect(chosenPoint(points, { sizeBytes: 3500 })?.bytes).toBe(3000);
    expect(chosenPoint(points, {})?.bytes).toBe(20_000);
    expect(chosenPoint(points, { accuracy: 0.85 })?.bytes).toBe(3000);
    expect(chosenPoint(points, { accuracy: 0.88 })?.bytes).toBe(20_000);
    expect(chosenPoint(points, { accuracy: 0.88, sizeBytes: 5000 })).toBeNull();
    expect(choosePlan([{ bytes: 1, milliseconds: null, measured: { accuracy: 1, divergence: 0 } }], { milliseconds: 1 })).toBeNull();
  });

  it('say in the table what is measured and what is about', () => {
    const lines = planLines(graph, points, points[1]!, { sizeBytes: 3100 }, english);
    expect(lines.map(({ name, chosen, fits }) => [name, chosen, fits])).toEqual([['Mixed', false, true], ['INT4', true, true], ['Mixed', false, false], ['FP32', false, false]]);
    expect(plain(lines[0]!.accuracy)).toBe('≈ 81.0 %');
    expect(plain(lines[1]!.accuracy)).toMatch(/^86\.0 (±|\[)/);
    expect(plain(planFacts(points[1]!, english))).toMatch(/^3\.0 KB, 86\.0 .+ of 1,000 images, ≈ 0\.30 ms$/);
    expect(lines[0]!.schemes).toEqual(layers.map(() => 'ternary'));
  });

  it('lie in the chart inside the plot, with their letter and interval, along the front of the measured', () => {
    const marks = frontPoints(points, 'bytes');
    expect(marks.map(({ letter, interval }) => [letter, interval !== null])).toEqual([[null, false], [SCHEMES.int4.letter, true], [null, true], [SCHEMES.float32.letter, true]]);
    const { points: placed, plot, front, budgetLeft, floorTop } = layOutFront(marks, 400, 240, { budget: 3.1, floor: 85 });
    for (const { left, top, lowTop, highTop } of placed) {
      expect(left).toBeGreaterThanOrEqual(plot.left);
      expect(left).toBeLessThanOrEqual(plot.right);
      for (const y of [top, lowTop, highTop]) expect(y >= plot.top && y <= plot.bottom).toBe(true);
      expect(highTop).toBeLessThanOrEqual(lowTop);
    }
    // The 3,200 bytes are beaten by INT4 throughout.
    expect(front.match(/[ML]/g)).toEqual(['M', 'L']);
    expect(budgetLeft).toBeGreaterThan(placed[1]!.left);
    expect(budgetLeft).toBeLessThan(placed[2]!.left);
    expect(floorTop).toBeGreaterThan(placed[1]!.top);
    const alone: readonly FrontPoint[] = [];
    expect(layOutFront(alone, 400, 240, { budget: null, floor: null }).points).toEqual([]);
  });

  it('say why there are none yet', () => {
    const known = { complete: true, problem: null, found: true, nothingFits: false, least: '1.8 KB' };
    expect(noPlansText(known)).toBeNull();
    expect(noPlansText({ ...known, complete: false })).toContain('tried alone');
    expect(noPlansText({ ...known, nothingFits: true })).toContain('the most frugal one takes 1.8 KB');
    expect(noPlansText({ ...known, problem: 'No times.' })).toBe('No times.');
  });
});

describe('taking a plan', () => {
  const plan = everywhere('int4');

  it('makes a variant of the original weights in work, with the locks of the one it came from', () => {
    const locked = toggleLock(project, [second]);
    const taken = takeFoundPlan(locked, plan, 'Plan 3.0 KB');
    const variant = taken.variants[taken.active]!;
    expect(variant).toMatchObject({ name: 'Plan 3.0 KB', parent: project.active, plan, trained: null, lockedLayers: [second] });
    expect(taken.order.at(-1)).toBe(variant.id);
    expect(project.variants[variant.id]).toBeUndefined();
  });

  it('goes to the variant that has the plan already, and tells names apart', () => {
    const taken = takeFoundPlan(project, plan, 'Plan');
    const back = { ...taken, active: project.active };
    expect(takeFoundPlan(back, plan, 'Plan').active).toBe(taken.active);
    expect(variantWithPlan(back, plan)).toBe(taken.active);
    const other = takeFoundPlan(taken, everywhere('ternary'), 'Plan');
    expect(other.variants[other.active]!.name).toBe('Plan (2)');
  });
});
