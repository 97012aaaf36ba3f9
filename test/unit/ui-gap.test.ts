import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Gap, PlanGap, Standing, ValueGap } from '../../core/analysis/gap/gap.ts';
import { CancelledError } from '../../core/base/errors.ts';
import { formatsFor } from '../../core/base/format.ts';
import { layersOf } from '../../core/graph/graph.ts';
import { choiceOf } from '../../core/schemes/layer-facts.ts';
import type { LayerChoice, SchemeId } from '../../core/schemes/scheme.ts';
import { findingText, gapTable, gapText, natsText, noiseRows, partingText, shortFinding } from '../../renderer/features/compare/gap-view.ts';
import { pairMenu, pairsOf } from '../../renderer/features/compare/pairs.ts';
import { residualNetwork } from '../fixtures/networks.ts';
import { projectOf } from '../fixtures/projects.ts';

interface Call {
  readonly arg: { readonly samples: number };
  readonly signal: AbortSignal;
  readonly report: (progress: { readonly soFar?: Gap }) => void;
  readonly finish: (result: Gap) => void;
}

const calls: Call[] = [];
vi.mock('../../renderer/host/jobs.ts', () => ({
  JOB_ENVIRONMENT: { tfjsWasmPath: '/' },
  runJob: (_name: string, arg: Call['arg'], options: { signal: AbortSignal; onProgress: Call['report'] }) =>
    new Promise((finish, fail) => {
      options.signal.addEventListener('abort', () => fail(new CancelledError()));
      calls.push({ arg, signal: options.signal, report: options.onProgress, finish });
    }),
}));
vi.mock('../../renderer/commands/network-state.ts', () => ({ lacksData: () => false, dataOf: () => ({ test: { count: 1000 } }), modelOf: () => ({}), networkState: () => Promise.resolve({}) }));

const { explainGap } = await import('../../renderer/commands/gap.ts');
const { copySetting, networkOf } = await import('../../renderer/commands/comparing.ts');
const { activityStore } = await import('../../renderer/state/activity.ts');
const { comparingStore } = await import('../../renderer/state/comparing.ts');
const { applyEdit, documentStore, openProject } = await import('../../renderer/state/document.ts');
const { setScheme } = await import('../../renderer/state/edits/plan.ts');
const { branchVariant, activateVariant } = await import('../../renderer/state/edits/variants.ts');
const { setChoiceIn } = await import('../../renderer/state/edits/choice.ts');
const { ORIGINAL } = await import('../../renderer/state/edits/new-project.ts');
const { gapKey } = await import('../../renderer/state/keys.ts');
const { sessionStore } = await import('../../renderer/state/session.ts');

const english = formatsFor('en');
const plain = (text: string | null) => text?.replaceAll('\u00a0', ' ');
const step = (layer: string, from: LayerChoice, to: LayerChoice, inTurn: Standing, alone = inTurn, bytes = -1000): PlanGap['steps'][number] => ({
  layer, before: choiceOf({ [layer]: from }, layer), after: choiceOf({ [layer]: to }, layer), inTurn, alone, bytes,
});
const int8: LayerChoice = { scheme: 'int8' };
const xnor: LayerChoice = { scheme: 'xnor' };
const gap: PlanGap = {
  kind: 'plan',
  images: 200,
  measure: 'accuracy',
  before: { divergence: 0.0625, right: 180 },
  after: { divergence: 0.3125, right: 161 },
  steps: [step('a', int8, xnor, { divergence: 0.3125, right: -20 }, { divergence: 0.25, right: -10 }), step('b', xnor, int8, { divergence: -0.0625, right: 1 })],
};

describe('the table of a gap', () => {
  const table = gapTable(gap, { a: xnor, b: xnor }, english);

  it('has points of right answers and nats, and the whole gap below', () => {
    expect(table.rows.map(({ inTurn }) => [inTurn.points, inTurn.nats])).toEqual([['−10.0', '+0.313'], ['+0.5', '−0.0625']]);
    expect(table.rows[0].alone).toMatchObject({ points: '−5.0', nats: '+0.250' });
    expect([table.sum.points, table.sum.nats, table.bytes]).toEqual(['−9.5', '+0.250', '−2.00']);
  });
  it('says what is worse and what is better, and draws to the side of it', () => {
    expect(table.rows.map(({ inTurn }) => [inTurn.pointsTone, inTurn.natsTone])).toEqual([['worse', 'worse'], ['better', 'better']]);
    expect(table.rows.map(({ share }) => share)).toEqual([1, -0.2]);
  });
  it('offers the setting nearer to the float network, where the variant in work has another', () => {
    expect(table.rows.map(({ better }) => better)).toEqual([{ side: 'before', scheme: 'int8' }, { side: 'after', scheme: 'int8' }]);
    expect(gapTable(gap, { a: int8, b: int8 }, english).rows.map(({ better }) => better)).toEqual([null, null]);
  });
  it('names the options where the precision is the same', () => {
    const options = step('c', { scheme: 'ternary', options: { levels: 'one' } }, { scheme: 'ternary', options: { levels: 'two' } }, { divergence: 0, right: 0 });
    expect(gapTable({ ...gap, steps: [options] }, {}, english).rows[0]).toMatchObject({ options: 'levels one → two', better: null, share: 0 });
  });
});

describe('a gap in words', () => {
  it('names the layer that matters most', () => {
    expect(plain(findingText(gap, english))).toBe('a matters most: from INT8 to XNOR it changes KL by +0.313 nats and right answers by −10.0 pt.');
    expect(plain(gapText(gap, english))).toBe('Right answers −9.5 pt and KL to FP32 +0.250 nats, on the first 200 test images.');
    expect(plain(shortFinding(gap, english)!)).toBe('a matters most: +0.313 nats, against −0.0625 of the others.');
  });
  it('says its share only where it is one', () => {
    const halves: PlanGap = { ...gap, steps: [step('a', int8, xnor, { divergence: 0.125, right: 0 }), step('b', int8, xnor, { divergence: 0.125, right: -19 })] };
    expect(plain(shortFinding(halves, english))).toBe('a explains +0.125 of +0.250 nats.');
    expect(plain(findingText(halves, english))).toMatch(/50 % of the gap in KL\. Most right answers turn at b: −9\.5 pt\.$/);
  });
  it('has nothing to say of plans that are the same', () => {
    expect(findingText({ ...gap, steps: [] }, english)).toBe('Their plans are the same, so there is nothing to explain.');
    expect(shortFinding({ ...gap, steps: [] }, english)).toBeNull();
  });
  it('writes small nats so that they are not nothing', () => {
    expect([0, 0.00008, -0.00008, 0.05, 1.5].map((nats) => natsText(nats, english))).toEqual(['±0', '+8e-5', '−8e-5', '+0.0500', '+1.500']);
  });
  it('of other weights tells where the values part', () => {
    const layers = [{ layer: 'a', before: 120, after: 120, between: 120 }, { layer: 'b', before: 120, after: 30, between: 30 }, { layer: 'c', before: 120, after: null, between: null }, { layer: 'd', before: 12, after: 9, between: 8 }];
    const values: ValueGap = { ...gap, kind: 'values', layers };
    const names = { before: 'A', after: 'B' };
    const end = ' At d B is further from FP32 than A: 9.0 dB instead of 12.0 dB.';
    expect(plain(partingText(values, names, english))).toBe(`Their values part at b: 30.0 dB of signal to noise between the two.${end}`);
    expect(plain(partingText({ ...values, layers: layers.slice(1) }, names, english))).toBe(`Their values part most at d: from 30.0 dB to 8.0 dB of signal to noise between the two.${end}`);
    expect(partingText({ ...values, layers: layers.slice(0, 1) }, names, english)).toBe('The values of their layers do not part.');
    const rows = noiseRows(values, [{ b: int8 }, { b: xnor }], english);
    expect(rows.map(({ between, share }) => [between, share])).toEqual([['the same', 1], ['30.0', 0.625], ['–', null], ['8.0', 1 / 6]]);
    expect(rows.map(({ schemes }) => schemes.join(' to '))[1]).toBe('int8 to xnor');
  });
});

describe('pairs', () => {
  it('are the original and the first column, each against the other columns', () => {
    const names = (columns: readonly string[]) => pairsOf(columns).map(({ before, after }) => `${before}-${after}`);
    expect(names(['a', 'b', 'c'])).toEqual(['original-a', 'original-b', 'original-c', 'a-b', 'a-c']);
    expect(names(['original', 'b'])).toEqual(['original-b']);
  });
  it('mark the one that is shown', () => {
    const menu = pairMenu(pairsOf(['a', 'b']), { before: 'a', after: 'b' }, ({ after }) => after, () => {});
    expect(menu.map((entry) => entry !== 'separator' && entry.checked)).toEqual([false, false, true]);
  });
});

const { graph } = residualNetwork(1);
const [, layer, other] = layersOf(graph).map(({ id }) => id);
const project = () => documentStore.getState().project!;
const planned = (variant: string): SchemeId | undefined => project().variants[variant].plan[layer]?.scheme;
const wait = (): Promise<void> => new Promise((done) => setTimeout(done));

/** The original, one variant of int8 and one from it with a ternary layer, which is in work. */
beforeEach(() => {
  calls.length = 0;
  activityStore.setState(activityStore.getInitialState(), true);
  comparingStore.setState(comparingStore.getInitialState(), true);
  sessionStore.setState({ notices: [] });
  openProject(projectOf(graph), 'Open');
  applyEdit('Int8', (current) => setScheme(current, [layer, other], 'int8'));
  applyEdit('Branch', (current) => branchVariant(current, current.active));
  applyEdit('Ternary', (current) => setScheme(current, [layer], 'ternary'));
});

describe('a setting in another column', () => {
  it('is taken there, and the variant in work stays in work', () => {
    const [, first, second] = project().order;
    copySetting(layer, second, first);
    expect([planned(first), project().active]).toEqual(['ternary', second]);
  });
  it('branches what was measured, and shows the branch as a column', () => {
    const [, first, second] = project().order;
    comparingStore.setState({ chosen: [ORIGINAL, first, second] });
    copySetting(layer, second, ORIGINAL);
    const branch = project().active;
    expect([planned(ORIGINAL), planned(branch), project().variants[branch].parent]).toEqual([undefined, 'ternary', ORIGINAL]);
    expect(comparingStore.getState().chosen).toEqual([ORIGINAL, first, second, branch]);
  });
  it('says so where it cannot be taken, and does nothing where it is there already', () => {
    const [, first, second] = project().order;
    const before = project();
    copySetting(other, second, first);
    expect([project(), sessionStore.getState().notices]).toEqual([before, []]);
    applyEdit('Lock', (current) => ({ ...current, variants: { ...current.variants, [first]: { ...current.variants[first], lockedLayers: [layer] } } }));
    copySetting(layer, second, first);
    expect(sessionStore.getState().notices[0].body).toContain('locked');
    expect(planned(first)).toBe('int8');
  });
  it('of a variant that is not there changes nothing', () => expect(setChoiceIn(project(), 'gone', layer, { scheme: 'ternary' })).toBe(project()));
});

describe('explaining', () => {
  const pair = () => ({ before: project().order[1], after: project().order[2] });
  const key = () => gapKey(networkOf(project(), pair().before), networkOf(project(), pair().after), 200);

  it('keeps what is known, and measures nothing twice', async () => {
    explainGap(key(), pair(), 200);
    await wait();
    calls[0].report({ soFar: { ...gap, steps: gap.steps.slice(0, 1) } });
    expect(activityStore.getState().gaps[key()]).toMatchObject({ isComplete: false, gap: { steps: [{ layer: 'a' }] } });
    calls[0].finish(gap);
    await wait();
    expect(activityStore.getState().gaps[key()]).toEqual({ gap, isComplete: true });
    explainGap(key(), pair(), 200);
    await wait();
    expect(calls).toHaveLength(1);
  });
  it('stops when nobody looks any more, and says nothing of it', async () => {
    const stop = explainGap(key(), pair(), 200);
    await wait();
    stop();
    calls[0].report({ soFar: gap });
    await wait();
    expect(calls[0].signal.aborted).toBe(true);
    expect([activityStore.getState().gaps, sessionStore.getState().notices]).toEqual([{}, []]);
  });
  it('has another key when a plan or the number of images is another', () => {
    const before = key();
    applyEdit('Int4', (current) => setScheme(current, [other], 'int4'));
    expect(key()).not.toBe(before);
    applyEdit('Back', (current) => setScheme(activateVariant(current, pair().after), [other], 'int8'));
    expect(key()).toBe(before);
    expect(gapKey(networkOf(project(), pair().before), networkOf(project(), pair().after), 1000)).not.toBe(before);
  });
});
