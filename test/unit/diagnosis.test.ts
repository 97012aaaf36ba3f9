import { describe, expect, test } from 'vitest';
import { formatsFor } from '../../core/base/format.ts';
import { diagnose, describeFinding } from '../../core/analysis/diagnosis/diagnose.ts';
import { clippedInputs, evidenceOf } from '../../core/analysis/diagnosis/evidence.ts';
import { measureOutputNoise } from '../../core/analysis/diagnosis/output-noise.ts';
import type { RuleId } from '../../core/analysis/diagnosis/rule.ts';
import { RULES } from '../../core/analysis/diagnosis/rules/index.ts';
import type { Model } from '../../core/graph/graph.ts';
import type { LayerChoice } from '../../core/schemes/scheme.ts';
import { NetworkBuilder } from '../fixtures/networks.ts';
import { calibrateOnNoise, evidenceFor, mixedNetwork, withWeights } from '../fixtures/diagnosis.ts';

const english = formatsFor('en');
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');
const ordinary = mixedNetwork(1);

interface Case {
  readonly model: Model;
  readonly layer: string;
  readonly choice: LayerChoice;
}

/** A network that shows the cause, what is said of it, and one that does not show it. */
interface RuleCase {
  readonly shows: Case;
  readonly what: string;
  readonly amount: string | RegExp;
  readonly not: Case;
  readonly tries: readonly LayerChoice[];
}

const at = (model: Model, layer: string, choice: LayerChoice): Case => ({ model, layer, choice });

/** conv2 reads 16 channels: channel 5 comes out of bn1 forty times as wide as the others. */
const outlier = withWeights(ordinary, 'bn1.gamma', (gamma, c) => (c === 5 ? 40 * gamma : gamma));
/** Output channel 3 of conv2 has one weight fifty times as large as the rest. */
const spiked = withWeights(ordinary, 'conv2.kernel', (weight, i) => (i === 3 ? 50 * Math.max(Math.abs(weight), 0.1) : weight));
const skewed = withWeights(ordinary, 'conv2.kernel', (weight, i) => (i % 16 === 7 ? Math.abs(weight) : weight));
const silent = withWeights(ordinary, 'conv2.kernel', (weight, i) => (i % 16 === 2 || i % 16 === 9 ? 0 : weight));
const wide = withWeights(ordinary, 'depthwise.kernel', (weight, i) => (i % 16 === 4 ? 60 * weight : weight));
const long = ((): Model => {
  const net = new NetworkBuilder(3, [1, 8, 8, 3]);
  const first = net.relu('relu1', net.freshBatchNorm('bn1', net.conv('conv1', 'input', 16)));
  net.dense('dense', net.globalAveragePool('pool', net.conv('conv2', first, 8)), 5);
  return net.build('long');
})();
/** Behind a batch norm alone the input of conv2 has both signs. */
const signed = ((): Model => {
  const net = new NetworkBuilder(3, [1, 8, 8, 3]);
  net.dense('dense', net.globalAveragePool('pool', net.conv('conv2', net.freshBatchNorm('bn1', net.conv('conv1', 'input', 16)), 8)), 5);
  return net.build('signed');
})();
/** Channel 3 of conv2 is binary already. */
const binaryChannel = withWeights(ordinary, 'conv2.kernel', (weight, i) => (i % 16 === 3 ? (weight >= 0 ? 0.1 : -0.1) : weight));

const CASES: { readonly [K in Exclude<RuleId, 'moved-statistics' | 'clipped-inputs'>]: RuleCase } = {
  'first-layer': {
    shows: at(ordinary, 'conv1', { scheme: 'ternary' }),
    what: 'First layer of the network',
    amount: '2 bits a weight',
    not: at(ordinary, 'conv1', { scheme: 'int8' }),
    tries: [{ scheme: 'int8' }],
  },
  'last-layer': {
    shows: at(ordinary, 'dense', { scheme: 'binary' }),
    what: 'Last layer of the network',
    amount: '1 bit a weight',
    not: at(ordinary, 'conv2', { scheme: 'binary' }),
    tries: [{ scheme: 'int8' }],
  },
  'outlier-input': {
    shows: at(outlier, 'conv2', { scheme: 'int8' }),
    what: 'Input channel 5 is an outlier',
    amount: /^(3\d|4\d|5\d)× the median$/,
    not: at(ordinary, 'conv2', { scheme: 'int8' }),
    tries: [{ scheme: 'float32' }],
  },
  'relu-before-sign': {
    shows: at(long, 'conv2', { scheme: 'xnor' }),
    what: 'ReLU before one-bit inputs',
    amount: 'never negative',
    not: at(signed, 'conv2', { scheme: 'xnor' }),
    tries: [{ scheme: 'binary' }, { scheme: 'xnor', options: { padding: 'zero' } }],
  },
  'few-taps': {
    shows: at(ordinary, 'depthwise', { scheme: 'binary' }),
    what: 'Too few channels a sum',
    amount: '9 taps',
    not: at(ordinary, 'conv2', { scheme: 'xnor' }),
    tries: [{ scheme: 'ternary' }],
  },
  'depthwise-spread': {
    shows: at(wide, 'depthwise', { scheme: 'int4' }),
    what: 'Depthwise channels differ in range',
    amount: /^\d+×$/,
    not: at(ordinary, 'depthwise', { scheme: 'int4' }),
    tries: [{ scheme: 'int8' }, { scheme: 'float32' }],
  },
  'weak-channels': {
    shows: at(spiked, 'conv2', { scheme: 'int4', options: { clip: 'maximum' } }),
    what: 'Channel 3 far below the rest',
    amount: /^from [\d.]+ dB$/,
    not: at(ordinary, 'conv2', { scheme: 'int4', options: { clip: 'maximum' } }),
    tries: [{ scheme: 'int4', options: { clip: 'mse' } }, { scheme: 'int8' }],
  },
  'skewed-signs': {
    shows: at(skewed, 'conv2', { scheme: 'binary' }),
    what: 'Channel 7 mostly of one sign',
    amount: '1 of 16',
    not: at(ordinary, 'conv2', { scheme: 'binary' }),
    tries: [{ scheme: 'ternary' }],
  },
  'clipped-weights': {
    shows: at(ordinary, 'conv2', { scheme: 'int4' }),
    what: 'Weights beyond the last level',
    amount: /^[\d.]+ %$/,
    not: at(ordinary, 'conv2', { scheme: 'int4', options: { clip: 'maximum' } }),
    tries: [{ scheme: 'int4', options: { clip: 'maximum' } }, { scheme: 'int8' }],
  },
  'better-options': {
    shows: at(ordinary, 'conv2', { scheme: 'ternary', options: { threshold: 1.8 } }),
    what: 'Other options fit the weights better',
    amount: /^\+[\d.]+ dB$/,
    not: at(ordinary, 'conv2', { scheme: 'int8' }),
    tries: [],
  },
  'coarse-grid': {
    shows: at(ordinary, 'conv2', { scheme: 'binary' }),
    what: 'Rounding error of the weights',
    amount: /^3\d\.\d % of their energy$/,
    not: at(ordinary, 'conv2', { scheme: 'int8' }),
    tries: [{ scheme: 'ternary' }],
  },
  'dead-channels': {
    shows: at(silent, 'conv2', { scheme: 'int8' }),
    what: 'Channels 2 and 9 are dead',
    amount: '2 of 16',
    not: at(ordinary, 'conv2', { scheme: 'int8' }),
    tries: [],
  },
};

describe('a rule', () => {
  test.each(Object.entries(CASES))('%s finds what a network was built to show, and nothing in one that was not', async (rule, { shows, what, amount, not, tries }) => {
    const { findings, fixes } = diagnose(await evidenceFor(shows.model, shows.layer, shows.choice));
    const finding = findings.find((each) => each.rule === rule);
    if (!finding) throw new Error(`Only ${findings.map((each) => each.rule).join(', ') || 'nothing'} was found.`);
    const text = describeFinding(finding, english);
    expect(text.what).toBe(what);
    if (typeof amount === 'string') expect(plain(text.amount)).toBe(amount);
    else expect(plain(text.amount)).toMatch(amount);
    expect(text.why).toMatch(/^[A-Z0-9].*\.$/);
    for (const choice of tries) expect(fixes.map((fix) => fix.choice)).toContainEqual(choice);
    const other = diagnose(await evidenceFor(not.model, not.layer, not.choice));
    expect(other.findings.map((each) => each.rule)).not.toContain(rule);
  });

  test('every rule of the table has a case', () => {
    expect(Object.keys(RULES).toSorted()).toEqual([...Object.keys(CASES), 'moved-statistics', 'clipped-inputs'].toSorted());
  });

  test('clipped inputs are found where the grid ends before the values do', async () => {
    const evidence = await evidenceFor(ordinary, 'conv2', { scheme: 'int8' });
    const { input } = evidence;
    if (!input) throw new Error('Not calibrated.');
    const half = { ...input.grid, scale: input.grid.scale / 3 };
    const narrow = { ...input, grid: half };
    const found = diagnose({ ...evidence, input: narrow, inputClippedShare: clippedInputs(narrow) });
    expect(found.findings.map((each) => each.rule)).toContain('clipped-inputs');
    expect(found.fixes.map((fix) => fix.choice)).toContainEqual({ scheme: 'float32' });
    expect(diagnose(evidence).findings.map((each) => each.rule)).not.toContain('clipped-inputs');
  });

  test('a ReLU that never opens makes a channel dead whatever its weights', async () => {
    const closed = withWeights(ordinary, 'bn2.beta', (beta, c) => (c === 11 ? beta - 60 : beta));
    const { findings } = diagnose(await evidenceFor(closed, 'conv2', { scheme: 'int8' }));
    expect(findings.find((each) => each.rule === 'dead-channels')?.facts).toMatchObject({ channels: [11] });
  });
});

describe('fixes', () => {
  test('other options come before heavier rungs, the nearest first, each once', async () => {
    const { fixes } = diagnose(await evidenceFor(skewed, 'conv2', { scheme: 'ternary', options: { threshold: 1.6 } }));
    const schemes = fixes.map(({ choice }) => choice.scheme);
    expect(schemes).toEqual([...schemes].sort((a, b) => ['ternary', 'int4', 'int8', 'float32'].indexOf(a) - ['ternary', 'int4', 'int8', 'float32'].indexOf(b)));
    expect(new Set(fixes.map(({ choice }) => JSON.stringify(choice))).size).toBe(fixes.length);
    const threshold = fixes.find(({ choice }) => choice.scheme === 'ternary' && choice.options?.['levels'] === 'one');
    expect(Number(threshold?.choice.options?.['threshold'])).toBeLessThan(1.2);
    expect(fixes.find(({ choice }) => choice.scheme === 'int4')?.against).toContain('coarse-grid');
  });

  test('none is a rung that the layer refuses', async () => {
    const { fixes } = diagnose(await evidenceFor(ordinary, 'depthwise', { scheme: 'binary' }));
    expect(fixes.map(({ choice }) => choice.scheme)).not.toContain('xnor');
  });

  test('a float32 layer has none', async () => {
    expect(diagnose(await evidenceFor(spiked, 'conv2', { scheme: 'float32' }))).toEqual({ findings: [], fixes: [] });
  });
});

describe('the noise of a result', () => {
  const noiseOf = async (model: Model, choice: LayerChoice, layer = 'conv2') => {
    const calibration = await calibrateOnNoise(model, 7);
    const noise = await measureOutputNoise({ model, plan: { [layer]: choice }, calibration }, layer, new AbortController().signal);
    if (!noise) throw new Error('Nothing was measured.');
    return noise;
  };

  test('falls with every bit, and is a little more than that of the weights alone at int8', async () => {
    const [int8, int4, binary] = [await noiseOf(ordinary, { scheme: 'int8' }), await noiseOf(ordinary, { scheme: 'int4' }), await noiseOf(ordinary, { scheme: 'binary' })];
    expect(int8.sqnr).toBeGreaterThan(30);
    expect(int4.sqnr).toBeLessThan(int8.sqnr - 10);
    expect(binary.sqnr).toBeLessThan(int4.sqnr - 8);
    expect(int8.inputSqnr).toBeGreaterThan(35);
    expect(int8.inputOnes).toBeNull();
  });

  test('is what remains once mean and spread of each channel are matched: moved statistics are said apart', async () => {
    const noise = await noiseOf(ordinary, { scheme: 'binary' });
    expect(noise.sqnr).toBeGreaterThan(noise.rawSqnr);
    // 10^(−raw/10) is the raw error's share of the signal, and the moved share of it is taken away.
    expect(10 ** (-noise.sqnr / 10)).toBeCloseTo(10 ** (-noise.rawSqnr / 10) * (1 - noise.movedShare), 6);
    const calibration = await calibrateOnNoise(ordinary, 7);
    const moved = { ...noise, movedShare: 0.6 };
    const rules = (output: typeof noise) => diagnose(evidenceOf({ model: ordinary, plan: { conv2: { scheme: 'binary' } }, calibration }, 'conv2', output)).findings.map((each) => each.rule);
    expect(rules(moved)).toContain('moved-statistics');
    expect(rules({ ...noise, movedShare: 0.05 })).not.toContain('moved-statistics');
  });

  test('counts the ones among one-bit inputs', async () => {
    const noise = await noiseOf(ordinary, { scheme: 'xnor' });
    expect(noise.inputSqnr).toBeNull();
    expect(noise.inputOnes).toBeGreaterThan(0.1);
    expect(noise.inputOnes).toBeLessThan(0.5);
  });

  test('of a channel whose weights lie on the grid is that of its inputs alone', async () => {
    const { channelSqnr, inputSqnr } = await noiseOf(binaryChannel, { scheme: 'binary' });
    expect(channelSqnr).toHaveLength(16);
    expect(channelSqnr[3]).toBeGreaterThan((inputSqnr ?? Number.NaN) - 6);
    expect(Math.max(...channelSqnr.filter((_, channel) => channel !== 3))).toBeLessThan(15);
  });

  test('is not measured of a float32 layer, nor where calibration kept no images', async () => {
    const calibration = await calibrateOnNoise(ordinary, 7);
    const { signal } = new AbortController();
    expect(await measureOutputNoise({ model: ordinary, plan: {}, calibration }, 'conv2', signal)).toBeNull();
    const without = { ...calibration, images: new Float32Array(0) };
    expect(await measureOutputNoise({ model: ordinary, plan: { conv2: { scheme: 'int8' } }, calibration: without }, 'conv2', signal)).toBeNull();
  });
});
