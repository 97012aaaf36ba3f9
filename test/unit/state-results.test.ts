import { beforeEach, describe, expect, test } from 'vitest';
import { wilsonInterval } from '../../core/analysis/statistics.ts';
import { packedSize } from '../../core/analysis/size.ts';
import { layersOf } from '../../core/graph/graph.ts';
import type { Evaluation, SpeedMeasurement } from '../../core/jobs/contract.ts';
import { activityStore, putEvaluation, putLadder, putSensitivityCell } from '../../renderer/state/activity.ts';
import { setOption, setScheme } from '../../renderer/state/edits/plan.ts';
import { setData } from '../../renderer/state/edits/project.ts';
import { baselineKey, insightKey, planText, resultKey } from '../../renderer/state/keys.ts';
import { mergeEvaluations } from '../../renderer/state/merge-evaluation.ts';
import { estimatedMilliseconds } from '../../renderer/state/select/estimates.ts';
import { forecastLayer, harmSteps } from '../../renderer/state/select/forecast.ts';
import { activeNetwork, sizeOf } from '../../renderer/state/select/network.ts';
import type { SchemeId } from '../../core/schemes/scheme.ts';
import { operatorCosts } from '../fixtures/operator-costs.ts';
import { residualNetwork } from '../fixtures/networks.ts';
import { projectOf } from '../fixtures/projects.ts';

const { graph } = residualNetwork(1);
const layers = layersOf(graph).map((layer) => layer.id);
const [, second, third] = layers;
const project = projectOf(graph);
const keyOf = (state: typeof project) => activeNetwork(state).key;

const evaluation = (correct: number, count: number): Evaluation => ({
  count,
  correct,
  accuracy: correct / count,
  measure: 'accuracy',
  interval: wilsonInterval(correct, count),
  predictions: new Int32Array(count),
  divergence: 0.1,
  milliseconds: 5,
});

const speed = (milliseconds: number, floatMilliseconds: number): SpeedMeasurement => ({
  milliseconds,
  floatMilliseconds,
  ratio: { median: floatMilliseconds / milliseconds, lowerQuartile: 1, upperQuartile: 1 },
  rounds: 9,
  threads: 1,
  environment: 'test',
  layers: [],
  reasons: [],
});

type LadderRow = readonly [layer: string, scheme: SchemeId, milliseconds: number];

const ladderOf = (rows: readonly LadderRow[]): Parameters<typeof putLadder>[1] => ({
  rows: rows.map(([layer, scheme, median]) => ({ layer, scheme, cost: { median, lowerQuartile: median, upperQuartile: median, rounds: 9, work: scheme } })),
  operators: operatorCosts(graph, () => 0),
  conversions: { quantise: 0, dequantise: 0, 'sign-pack': 0 },
});

const wholeLadder = layers.flatMap((layer): LadderRow[] => [[layer, 'float32', 1], [layer, 'int8', 0.25]]);

const timings = (plan: Readonly<Record<string, SchemeId>>): SpeedMeasurement['layers'] =>
  layers.map((layer) => ({ layer, scheme: plan[layer] ?? 'float32', milliseconds: 1, floatMilliseconds: 1, conversionMilliseconds: 0, kernel: 'k', reasons: [] }));

beforeEach(() => activityStore.setState(activityStore.getInitialState(), true));

describe('the key of a result', () => {
  test('comes back when a choice is taken back, also the other way round', () => {
    const there = setScheme(project, [second], 'int8');
    const back = setScheme(there, [second], 'float32');
    expect(keyOf(there)).not.toBe(keyOf(project));
    expect(keyOf(back)).toBe(keyOf(project));
    expect(keyOf(project)).toBe(baselineKey(project));
  });

  test('does not depend on the order of edits', () => {
    const one = setScheme(setScheme(project, [second], 'int8'), [third], 'int4');
    const other = setScheme(setScheme(project, [third], 'int4'), [second], 'int8');
    expect(resultKey(one, one.variants['v1'])).toBe(resultKey(other, other.variants['v1']));
    expect(planText(graph, one.variants['v1'].plan)).toBe(`${second}=int8;${third}=int4`);
  });

  test('changes with an option, the data and the preprocessing', () => {
    const ternary = setScheme(project, [second], 'ternary');
    const keys = [ternary, setOption(ternary, second, 'threshold', 0.5), { ...ternary, data: { ...ternary.data!, preprocess: 'signed' as const } }].map(keyOf);
    const data = { name: 'd', format: 'idx', shape: [1], classes: [], train: null, test: { count: 0, images: new Uint8Array(0), labels: null }, hash: 'other', notes: [] };
    keys.push(keyOf(setData(ternary, data, 'unit')));
    expect(new Set(keys).size).toBe(4);
  });

  test('of an inspected layer outlives edits of other layers', () => {
    const before = insightKey(activeNetwork(project), second);
    expect(insightKey(activeNetwork(setScheme(project, [third], 'int8')), second)).toBe(before);
    expect(insightKey(activeNetwork(setScheme(project, [second], 'int8')), second)).not.toBe(before);
  });
});

describe('what was measured', () => {
  test('a small sample never replaces a larger one', () => {
    putEvaluation('k', evaluation(850, 1000));
    putEvaluation('k', evaluation(180, 200));
    expect(activityStore.getState().evaluations['k'].count).toBe(1000);
  });

  test('two neighbouring samples together are the sample of both', () => {
    const merged = mergeEvaluations({ ...evaluation(170, 200), predictions: new Int32Array(200).fill(1) }, { ...evaluation(90, 100), divergence: 0.4 });
    expect(merged).toMatchObject({ count: 300, correct: 260, accuracy: 260 / 300, interval: wilsonInterval(260, 300) });
    expect(merged.divergence).toBeCloseTo(0.2, 12);
    expect([merged.predictions[199], merged.predictions[200]]).toEqual([1, 0]);
  });
});

describe('the forecast of a rung', () => {
  const network = activeNetwork(setScheme(project, [third], 'int8'));

  test('says the exact change of the file', () => {
    for (const forecast of forecastLayer(network, second, activityStore.getState())) {
      if (forecast.isNow || forecast.refusal !== null) continue;
      const changed = packedSize(graph, { ...network.plan, [second]: { scheme: forecast.scheme } }).totalBytes;
      expect(forecast.sizeBytes).toBe(changed - packedSize(graph, network.plan).totalBytes);
    }
    expect(sizeOf(graph, network.plan).totalBytes).toBe(packedSize(graph, network.plan).totalBytes);
  });

  test('knows nothing of accuracy and time before anything is measured', () => {
    expect(forecastLayer(network, second, activityStore.getState()).every((row) => row.accuracy === null && row.milliseconds === null)).toBe(true);
  });

  test('estimates from the layer alone, and says so', () => {
    putSensitivityCell(network.networkKey, { layer: second, scheme: 'int4', divergence: 0.1, definition: 'alone', lossChange: null, noise: null, accuracyChange: -2 });
    putLadder(network.identity.weightsHash, ladderOf([[second, 'float32', 0.3], [second, 'int4', 0.1]]));
    const int4 = forecastLayer(network, second, activityStore.getState()).find((row) => row.scheme === 'int4')!;
    expect(int4.accuracy).toEqual({ change: -0.02, measured: false });
    expect(int4.milliseconds!.change).toBeCloseTo(-0.2, 12);
    expect(int4.milliseconds!.measured).toBe(false);
  });

  test('is the measured difference where exactly that plan was measured, on as many images', () => {
    const changed = activeNetwork(setScheme(network.project, [second], 'int4'));
    putEvaluation(network.key, evaluation(180, 200));
    putEvaluation(changed.key, evaluation(170, 200));
    activityStore.setState({ speeds: { [network.key]: speed(2, 4), [changed.key]: speed(2, 8) } });
    const row = () => forecastLayer(network, second, activityStore.getState()).find((candidate) => candidate.scheme === 'int4')!;
    expect(row().accuracy!.change).toBeCloseTo(-0.05, 12);
    expect(row().accuracy!.measured).toBe(true);
    // The machine was half as fast at the second run: the float network beside it says so.
    expect(row().milliseconds).toEqual({ change: -1, measured: true });
    putEvaluation(network.key, evaluation(900, 1000));
    expect(row().accuracy).toBeNull();
  });

  test('a refused rung carries the reason and no numbers', () => {
    const xnor = forecastLayer(network, layers[0], activityStore.getState()).find((row) => row.scheme === 'xnor')!;
    expect(xnor.refusal).toMatch(/\w+ \w+/);
  });

  test('harm grows to eight steps at four points', () => {
    expect([null, 0, 0.01, -0.001, -0.02, -0.04, -0.3].map(harmSteps)).toEqual([0, 0, 0, 1, 4, 8, 8]);
  });

  test('the forecast time of a plan is known once every layer has one', () => {
    putLadder(network.identity.weightsHash, ladderOf(wholeLadder.slice(0, -2)));
    expect(estimatedMilliseconds(network, activityStore.getState())).toBeNull();
    putLadder(network.identity.weightsHash, ladderOf(wholeLadder));
    expect(estimatedMilliseconds(network, activityStore.getState())).toBeCloseTo(layers.length - 0.75, 12);
  });

  test('what the table does not hold is taken from the measured plan with the fewest layers at another rung', () => {
    putLadder(network.identity.weightsHash, ladderOf(wholeLadder));
    const float = { ...speed(layers.length + 2, layers.length + 2), layers: timings({}) };
    activityStore.setState({ speeds: { [baselineKey(project)]: float } });
    // Two milliseconds beyond the table in the float network.
    expect(estimatedMilliseconds(network, activityStore.getState())).toBeCloseTo(layers.length - 0.75 + 2, 12);
    const other = activeNetwork(setScheme(network.project, [second], 'int8'));
    // Half a millisecond beyond the table in a plan that is one layer away, while the float network is two away from it.
    const near = { ...speed(layers.length - 1.5 + 0.5, layers.length + 2), layers: timings({ [second]: 'int8', [third]: 'int8' }) };
    activityStore.setState({ speeds: { [baselineKey(project)]: float, [other.key]: near } });
    const three = activeNetwork(setScheme(other.project, [layers[3]], 'int8'));
    expect(estimatedMilliseconds(three, activityStore.getState())).toBeCloseTo(layers.length - 2.25 + 0.5, 12);
  });

  test('a conversion that a rung needs at its borders is part of its time', () => {
    putLadder(network.identity.weightsHash, ladderOf(wholeLadder));
    const without = forecastLayer(network, second, activityStore.getState()).find((row) => row.scheme === 'int8')!.milliseconds!.change;
    putLadder(network.identity.weightsHash, { ...ladderOf(wholeLadder), conversions: { quantise: 1e-6, dequantise: 1e-6, 'sign-pack': 1e-6 } });
    const row = forecastLayer(network, second, activityStore.getState()).find((candidate) => candidate.scheme === 'int8')!;
    expect(without).toBeCloseTo(-0.75, 12);
    expect(row.milliseconds!.change).not.toBe(without);
    expect(row.milliseconds!.change).toBeCloseTo(-0.75, 1);
  });
});
