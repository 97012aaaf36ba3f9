import { describe, expect, it } from 'vitest';
import { formatsFor } from '../../core/base/format.ts';
import { planFromJson, uniformPlan } from '../../core/analysis/plans.ts';
import { packedSize } from '../../core/analysis/size.ts';
import type { Graph } from '../../core/graph/graph.ts';
import type { ExportResult, ProofRow } from '../../core/jobs/contract.ts';
import type { Project, Variant } from '../../core/project/schema.ts';
import type { ExportProof } from '../../renderer/state/exporting.ts';
import { commandLine, packageName, planJson, uniformScheme } from '../../renderer/state/package-contents.ts';
import type { ArenaUse, TargetCheck } from '../../core/export/result.ts';
import { arenaBoxes, fitOf, needOf, needText } from '../../renderer/features/export/fit-view.ts';
import { targetLine } from '../../renderer/features/export/target-view.ts';
import { COMMON_BOARDS, readBoards } from '../../renderer/state/boards.ts';
import { activeNetwork, type ActiveNetwork } from '../../renderer/state/select/network.ts';
import { byteShares, deviationText, packageBlocked, proofChecks, stepLines } from '../../renderer/features/export/export-view.ts';

const english = formatsFor('en');
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

const WINDOW = { strideY: 1, strideX: 1, padTop: 1, padBottom: 1, padLeft: 1, padRight: 1, dilationY: 1, dilationX: 1 };
const GRAPH: Graph = {
  name: 'tiny',
  inputs: [{ id: 'in', shape: [1, 8, 8, 3] }],
  nodes: [
    { id: 'first', op: 'conv2d', inputs: ['in'], attributes: WINDOW, weights: { kernel: 'w1', bias: 'b1' }, shape: [1, 8, 8, 16] },
    { id: 'relu', op: 'relu', inputs: ['first'], attributes: {}, weights: {}, shape: [1, 8, 8, 16] },
    { id: 'middle', op: 'conv2d', inputs: ['relu'], attributes: WINDOW, weights: { kernel: 'w2', bias: 'b2' }, shape: [1, 8, 8, 16] },
    { id: 'pool', op: 'global-average-pool', inputs: ['middle'], attributes: {}, weights: {}, shape: [1, 16] },
    { id: 'last', op: 'dense', inputs: ['pool'], attributes: {}, weights: { kernel: 'w3', bias: 'b3' }, shape: [1, 10] },
  ],
  outputs: ['last'],
  weights: { w1: { shape: [3, 3, 3, 16] }, b1: { shape: [16] }, w2: { shape: [3, 3, 16, 16] }, b2: { shape: [16] }, w3: { shape: [16, 10] }, b3: { shape: [10] } },
};

function networkWith(plan: Variant['plan'], fields: Partial<Variant> = {}): ActiveNetwork {
  const variant: Variant = { id: 'v1', name: 'Mixed 24 KB', parent: 'original', plan, lockedLayers: [], trained: null, ...fields };
  const project: Project = {
    formatVersion: 1,
    name: 'ResNet 8',
    source: { fileName: 'my net.h5', format: 'keras', graph: GRAPH, weightsHash: 'w', floatBytes: 1000 },
    data: { name: 'cifar', hash: 'd', preprocess: 'raw', format: 'idx', files: [] },
    variants: { v1: variant },
    order: ['v1'],
    active: 'v1',
    budgets: {},
  };
  return activeNetwork(project);
}

const MIXED = { first: { scheme: 'int8' }, middle: { scheme: 'xnor' }, last: { scheme: 'float32' } } as const;

describe('the bytes of a package', () => {
  it('sum to the file exactly, whatever the plan', () => {
    for (const plan of [{}, MIXED, uniformPlan(GRAPH, 'ternary')]) {
      const network = networkWith(plan);
      const layout = packedSize(GRAPH, plan);
      const shares = byteShares(network, layout);
      expect(shares.layers.reduce((sum, layer) => sum + layer.bytes, shares.restBytes)).toBe(layout.totalBytes);
      expect(shares.precisions.reduce((sum, row) => sum + row.bytes, shares.restBytes)).toBe(layout.totalBytes);
      expect(shares.restBytes).toBeGreaterThan(0);
    }
  });
});

const CHECK: TargetCheck = { target: 'c99', findings: [], files: [{ path: 'n.c', bytes: 90_000 }], networkBytes: 90_000, layerBytes: { first: 500 }, promised: 1, device: null };
const ARENA: ArenaUse = {
  bytes: 1000,
  steps: ['first', 'middle', 'last'],
  blocks: [
    { name: 'in', offset: 0, bytes: 400, first: -1, last: 0 },
    { name: 'first', offset: 400, bytes: 600, first: 0, last: 1 },
    { name: 'last', offset: 0, bytes: 40, first: 2, last: 3 },
  ],
  peak: { step: 0, bytes: 1000 },
};

describe('the fit on boards', () => {
  const board = { name: 'b', flashBytes: 64 * 1024, ramBytes: 16 * 1024 };
  it('counts code, constants and memory where the target brings its code, and says what is short of each', () => {
    const need = needOf({ ...CHECK, device: { codeBytes: 4096, constantBytes: 60 * 1024, ramBytes: 8192 } }, 1);
    const fit = fitOf(need, board, english);
    expect([fit.fits, fit.flashShare, fit.ramShare, plain(fit.result)]).toEqual([true, 1, 0.5, '0 B flash, 8 KiB RAM free']);
    expect(plain(fitOf({ ...need, constantBytes: 61 * 1024, ramBytes: 20 * 1024 }, board, english).result)).toBe('1 KiB flash short, 4 KiB RAM short');
    expect(plain(needText(need, ARENA, english))).toContain('RAM takes 8 KiB, at first');
  });
  it('does not call memory free that is not known', () => {
    const fit = fitOf(needOf(CHECK, 1), { ...board, flashBytes: 100_000 }, english);
    expect([fit.fits, fit.ramShare, plain(fit.result)]).toEqual([true, null, '9.77 KiB flash free']);
    expect(needText(needOf(CHECK, 1), ARENA, english)).toContain('not counted');
  });
  it('draws every stored value over the steps that need it', () => {
    const boxes = arenaBoxes(ARENA);
    expect(boxes.map(({ atPeak }) => atPeak)).toEqual([true, true, false]);
    expect(boxes[1]).toMatchObject({ x: 0, y: 0, height: 0.6, width: 2 / 3 });
    expect(boxes[2].x).toBeCloseTo(2 / 3);
  });
  it('keeps a list of boards only where it is one', () => {
    expect(readBoards(JSON.parse(JSON.stringify(COMMON_BOARDS)))).toEqual(COMMON_BOARDS);
    for (const other of [null, 'x', [{ name: 'a' }], [{ name: 'a', flashBytes: -1, ramBytes: 1 }], [null]]) expect(readBoards(other)).toBeNull();
  });
});

describe('what a target makes of the plan', () => {
  const line = (fields: Partial<TargetCheck>, lowers: string | null = null) => targetLine({ ...CHECK, ...fields }, null, 90_000, lowers, english);
  it('is refused, lowered with its bytes, or as measured here', () => {
    expect(line({})).toMatchObject({ tone: 'fits', points: 'The same answers: 0 points' });
    expect(line({ networkBytes: 120_000, findings: [{ layer: 'a', severity: 'lowered', message: 'A is widened.' }] })).toMatchObject({ tone: 'lowered', details: ['A is widened.'] });
    expect(plain(line({ networkBytes: 120_000 }, '2 layers run in real numbers').text)).toBe('2 layers run in real numbers; +30.0 KB against packed');
    expect(line({ files: [], findings: [{ layer: 'a', severity: 'refused', message: 'No.' }] })).toMatchObject({ tone: 'refused', text: 'No.' });
    expect(targetLine(null, null, 1, null, english).tone).toBe('waiting');
  });
  it('says what of the answers is promised, and after a proof what was measured', () => {
    expect(plain(line({ promised: 0.95 }).points)).toContain('At least 95 %');
    const proof = { equal: true, samples: 200, rows: [], answersEqual: 198, ties: 2, accuracy: null, right: { shown: 180, written: 179 }, reader: 'r' };
    expect(plain(targetLine(CHECK, proof, 90_000, null, english).points)).toBe('Proved: 198 of 200 answers the same, 2 tie, −0.5 points');
  });
});

describe('what to type instead', () => {
  it('names the scheme where the plan is one, and the plan file otherwise', () => {
    expect(uniformScheme(networkWith(uniformPlan(GRAPH, 'int4')))).toBe('int4');
    expect(uniformScheme(networkWith(MIXED))).toBeNull();
    expect(commandLine(networkWith(uniformPlan(GRAPH, 'int4')), 'out', 'bitw', 'cifar')).toBe('bitwright export "my net.h5" --scheme int4 --data <files\u00a0of\u00a0cifar> --target bitw --out exports --prove');
    expect(commandLine(networkWith(MIXED), 'out', 'bitw', 'cifar')).toBe('bitwright export "my net.h5" --plan out/out.plan.json --data <files\u00a0of\u00a0cifar> --target bitw --out exports --prove');
  });
  it('names the variant in the package where training made new weights', () => {
    const trained = { graph: GRAPH, weightsHash: 't', calibrationHash: 'c', recipe: {}, seed: 1 };
    expect(commandLine(networkWith(MIXED, { trained }), 'out', 'bitw', 'cifar')).toContain('export out/out.bitvar --data');
  });
  it('names the variant where the pictures were drawn and lie in no file', () => {
    expect(commandLine(networkWith(MIXED), 'out', 'bitw', 'sample')).toBe('bitwright export out/out.bitvar --target bitw --out exports --prove');
  });
  it('writes a plan that the command line reads back to the same precisions', () => {
    const { plan, fallbacks } = planFromJson(GRAPH, JSON.parse(planJson(networkWith(MIXED))), 'plan.json');
    expect(plan).toEqual(MIXED);
    expect(fallbacks).toEqual([]);
  });
  it('makes file names of any project and variant', () => {
    expect(packageName(networkWith({}))).toBe('resnet-8-mixed-24-kb');
    expect(packageName(networkWith({}, { name: '../..\\: *' }))).toBe('resnet-8');
    expect(packageName(networkWith({}, { name: 'Größe ≤ 3' }))).toBe('resnet-8-größe-3');
  });
});

describe('the proof', () => {
  const row = (layer: string, differences = 0): ProofRow => ({ layer, scheme: 'int8', bytes: 10, weightsEqual: true, outputs: 64, differences });
  const proofOf = (rows: readonly ProofRow[], weightBytes = 500): ExportProof => {
    const equal = rows.every((one) => one.differences === 0);
    const result: ExportResult = { files: [], weightBytes, headerBytes: 20, findings: [], proof: { equal, samples: 200, rows, answersEqual: equal ? 200 : 187, ties: 0, accuracy: 0.855, right: null, reader: 'reader' } };
    return { key: 'k', state: 'ended', done: 200, total: 200, rows, startedAtMs: 0, result, problem: null };
  };
  const good = proofOf([row('a'), row('b')]);
  const bad = proofOf([row('a'), row('b', 3)]);

  it('opens the last step only when every layer is equal', () => {
    expect(packageBlocked(null, 10)).toBe('Opens when all 10 layers are equal');
    expect(packageBlocked(good, 2)).toBeNull();
    expect(packageBlocked(bad, 2)).toMatch(/differs/);
    expect(packageBlocked({ ...good, state: 'elsewhere', result: null }, 2)).toMatch(/command line/);
  });
  it('checks bytes, layers and answers, and each can fail', () => {
    expect(proofChecks(good, 500, 200, english).map((check) => [check.value, check.holds])).toEqual([['500 of 500', true], ['2 of 2', true], ['200 of 200', true], ['85.5\u00a0%', true]]);
    expect(proofChecks(bad, 500, 200, english).map((check) => check.holds)).toEqual([true, false, false, true]);
    expect(proofChecks(good, 501, 200, english)[0].holds).toBe(false);
  });
  it('says how far another runtime is, and never that nothing differs where something does', () => {
    expect(plain(deviationText(0.0234, english))).toBe('2.34 %');
    expect(plain(deviationText(1e-7, english))).toBe('less than 0.01 %');
  });
  it('counts ties beside the same answers, and no meter for other targets', () => {
    const proof = proofOf([row('a')]);
    const tied: ExportProof = { ...proof, result: { ...proof.result!, proof: { ...proof.result!.proof, answersEqual: 199, ties: 1 } } };
    expect(proofChecks(tied, null, 200, english).map((check) => [check.value, check.holds])).toEqual([['1 of 1', true], ['200 of 200', true], ['85.5\u00a0%', true]]);
    expect(proofChecks(tied, null, 200, english)[1].label).toBe('Same answers or ties, 200 pictures');
  });
  it('says in the steps how far it is', () => {
    const facts = { targetName: 'Packed', fits: 2, boards: 5, whole: false, files: 2, bytes: 15_300, layers: 2, written: null, nowMs: 2000, step: 'proof' } as const;
    const detail = (proof: ExportProof | null) => plain(stepLines({ ...facts, proof }, english)[3].detail);
    expect(detail(null)).toBe('Not run yet');
    expect(detail({ ...good, state: 'running', done: 50, result: null })).toBe('50 of 200 pictures, 6 s left');
    expect(detail(good)).toBe('2 of 2 layers equal');
    expect(detail(bad)).toBe('1 of 2 layers equal');
    expect(detail({ ...good, state: 'elsewhere', result: null })).toBe('On the command line');
    const lines = stepLines({ ...facts, proof: bad }, english);
    expect(lines.map((line) => line.done)).toEqual([true, true, true, false, false]);
    expect(lines[4].blocked).not.toBeNull();
  });
});

describe('a network with an operator that is not run', () => {
  const strange: Graph = {
    ...GRAPH,
    nodes: GRAPH.nodes.map((node) => (node.id === 'relu' ? { ...node, op: 'unknown', attributes: { sourceOp: 'Frobnicate' } } : node)),
  };
  it('has the bytes of its layers all the same', () => {
    expect(packedSize(strange, MIXED).nodes['middle']).toBeGreaterThan(0);
    expect(packedSize(strange, {}).totalBytes).toBeGreaterThan(packedSize(strange, MIXED).totalBytes);
  });
});
