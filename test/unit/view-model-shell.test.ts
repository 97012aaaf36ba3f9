import { describe, expect, test } from 'vitest';
import { wilsonInterval } from '../../core/analysis/statistics.ts';
import type { Evaluation, SpeedMeasurement } from '../../core/jobs/contract.ts';
import { accuracyMeter, sizeMeter, speedMeter } from '../../renderer/app/meter-models.ts';
import { linearTrack, logTrack } from '../../renderer/app/meter-scale.ts';
import { ALWAYS, type Command } from '../../renderer/commands/command.ts';
import { splitFiles } from '../../renderer/commands/open-files.ts';
import { searchCommands } from '../../renderer/commands/search.ts';
import { ariaShortcut, matchesShortcut, shortcutText } from '../../renderer/commands/shortcut.ts';
import { COMMANDS } from '../../renderer/commands/table.ts';
import { openedText, recentView, schemesOfLetters } from '../../renderer/features/start/view-model.ts';

const NBSP = '\u00a0';

describe('the meters', () => {
  const evaluation = (correct: readonly boolean[]): Evaluation => ({
    count: correct.length,
    correct: correct.filter(Boolean).length,
    accuracy: correct.filter(Boolean).length / correct.length,
    measure: 'accuracy',
    interval: wilsonInterval(correct.filter(Boolean).length, correct.length),
    predictions: Int32Array.from(correct, (right) => (right ? 1 : 0)),
    divergence: 0,
    milliseconds: 1,
  });
  const labels = new Int32Array(200).fill(1);
  const base = evaluation(Array.from({ length: 200 }, (_, index) => index < 171));

  test('size: bytes, ratio, and by how much the budget is missed', () => {
    const meter = sizeMeter(24_088, 310_824, 20_000);
    expect([meter.value, meter.unit]).toEqual(['24.1', 'KB']);
    expect(meter.delta).toEqual({ text: '12.9× smaller', tone: 'better', estimated: false });
    expect(meter.budget).toMatchObject({ kept: false, shortfall: `4.1${NBSP}KB over` });
    expect(sizeMeter(24_088, 310_824, 32_000).budget).toMatchObject({ kept: true, text: `≤${NBSP}32.0${NBSP}KB` });
    expect(sizeMeter(320_000, 310_000, undefined).delta?.tone).toBe('none');
  });

  test('accuracy: the difference to the float network is paired on the same images', () => {
    const now = evaluation(Array.from({ length: 200 }, (_, index) => index < 151));
    const meter = accuracyMeter({ evaluation: now, before: undefined, baseline: base, labels, budget: 0.8, measuring: true, isBaseline: false });
    expect(meter.value).toBe('75.5');
    expect(meter.delta?.text).toMatch(/^▼ −10\.0 ±4\.\d\spt$/u);
    expect(meter.delta?.tone).toBe('worse');
    expect(meter.budget).toMatchObject({ kept: false, shortfall: '4.5 short' });
    expect(meter.provenanceText).toBe('measured, 200 images');
  });

  test('accuracy: a difference inside its interval is no loss and has no arrow', () => {
    const now = evaluation(Array.from({ length: 200 }, (_, index) => index < 170));
    const meter = accuracyMeter({ evaluation: now, before: undefined, baseline: base, labels, budget: undefined, measuring: true, isBaseline: false });
    expect(meter.delta).toMatchObject({ tone: 'none' });
    expect(meter.delta?.text).toMatch(/^−0\.5 .*no loss$/u);
  });

  test('accuracy: while measuring the old value stays and is marked, and no difference is claimed', () => {
    const meter = accuracyMeter({ evaluation: undefined, before: base, baseline: base, labels, budget: 0.8, measuring: true, isBaseline: false });
    expect(meter).toMatchObject({ value: '85.5', stale: true, provenance: 'refining', delta: null });
    expect(meter.budget?.kept).toBeNull();
    const nothing = accuracyMeter({ evaluation: undefined, before: undefined, baseline: undefined, labels: null, budget: undefined, measuring: false, isBaseline: true });
    expect(nothing).toMatchObject({ value: '–', track: null });
  });

  test('accuracy without labels is called agreement', () => {
    const agreement: Evaluation = { ...base, measure: 'agreement' };
    expect(accuracyMeter({ evaluation: agreement, before: undefined, baseline: undefined, labels: null, budget: undefined, measuring: true, isBaseline: false }).title).toBe('Agreement');
  });

  test('speed: an estimate is marked twice, a measurement is plain, slower is worse', () => {
    const estimated = speedMeter({ speed: undefined, estimated: 1.24, floatMilliseconds: 2.87, budget: undefined });
    expect(estimated).toMatchObject({ provenance: 'estimated', value: `≈${NBSP}1.24`, delta: { estimated: true, tone: 'better' } });
    const speed: SpeedMeasurement = { milliseconds: 2, floatMilliseconds: 1.6, ratio: { median: 0.8, lowerQuartile: 0.7, upperQuartile: 0.9 }, rounds: 9, threads: 1, environment: 'x', layers: [], reasons: [] };
    const measured = speedMeter({ speed, estimated: 1, floatMilliseconds: null, budget: 1.5 });
    expect(measured).toMatchObject({ provenance: 'measured', value: '2.00', delta: { text: 'slower than float32 (0.8×)', tone: 'worse' } });
    expect(measured.budget?.kept).toBe(false);
    expect(speedMeter({ speed: undefined, estimated: null, floatMilliseconds: null, budget: undefined }).value).toBe('–');
  });

  test('tracks keep everything that is drawn inside, budgets included', () => {
    for (const track of [
      logTrack({ baseline: 310, current: 2, budget: 900, inside: 'below' }, 8),
      linearTrack({ baseline: 0.855, current: 0.1, budget: 0.99, inside: 'above', baselineInterval: [0.8, 0.9], currentInterval: [0.07, 0.15] }),
    ]) {
      const places = [track.baseline, track.current, track.budget?.at, ...track.ticks, ...(track.currentInterval ?? []), ...(track.baselineInterval ?? [])];
      for (const place of places) expect(place).toSatisfy((value: number) => value >= 0 && value <= 1);
      expect(track.ticks.length).toBeGreaterThan(2);
      expect(track.ticks.length).toBeLessThan(14);
    }
  });
});

describe('commands', () => {
  const press = (key: string, code = '', modifiers: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey', boolean>> = {}) => ({
    key,
    code,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    altKey: false,
    ...modifiers,
  });

  test('have ids, menu places and shortcuts of their own', () => {
    expect(new Set(COMMANDS.map((command) => command.id)).size).toBe(COMMANDS.length);
    const shortcuts = COMMANDS.flatMap((command) => command.shortcut ?? []);
    expect(new Set(shortcuts).size).toBe(shortcuts.length);
    for (const command of COMMANDS) expect(command.menu !== undefined || command.hidden === true, command.id).toBe(true);
  });

  test('say why they cannot run when nothing is open', () => {
    for (const id of ['undo', 'set-int8', 'lock', 'export', 'measure-all']) {
      const enabled = COMMANDS.find((command) => command.id === id)!.enabled();
      expect(enabled).toMatch(/^(No|There is|The) /);
    }
  });

  test('shortcuts match their keys and no others, on both kinds of keyboard', () => {
    expect(matchesShortcut('Mod+Z', press('z', 'KeyZ', { ctrlKey: true }), false)).toBe(true);
    expect(matchesShortcut('Mod+Z', press('Z', 'KeyZ', { ctrlKey: true, shiftKey: true }), false)).toBe(false);
    expect(matchesShortcut('Mod+Z', press('z', 'KeyZ', { metaKey: true }), true)).toBe(true);
    expect(matchesShortcut('Mod+Z', press('z', 'KeyZ', { ctrlKey: true }), true)).toBe(false);
    expect(matchesShortcut('3', press('3', 'Numpad3'), false)).toBe(true);
    // The digit row of a French keyboard types "\"" without Shift.
    expect(matchesShortcut('3', press('"', 'Digit3'), false)).toBe(true);
    expect(matchesShortcut('3', press('3', 'Digit3', { ctrlKey: true }), false)).toBe(false);
    expect(matchesShortcut('?', press('?', 'Slash', { shiftKey: true }), false)).toBe(true);
    expect(matchesShortcut('L', press('l', 'KeyL'), false)).toBe(true);
    expect([shortcutText('Mod+Shift+P', false), shortcutText('Mod+Shift+P', true), ariaShortcut('Mod+O', false)]).toEqual(['Ctrl Shift P', '⌘⇧P', 'Control+O']);
  });

  test('are found by the beginnings of words, in any order, with the hits marked', () => {
    const make = (id: string, title: string, enabled: Command['enabled'] = ALWAYS): Command => ({ id, title, enabled, run: () => {} });
    const commands = [make('a', 'Set selected layers to INT4'), make('b', 'Set budgets…'), make('c', 'Start page', () => 'Not now'), make('d', 'Set all to INT8')];
    const found = (query: string) => searchCommands(commands, query).map((hit) => hit.command.id);
    expect(found('int4 set')).toEqual(['a']);
    expect(found('S')).toEqual(['a', 'b', 'd', 'c']);
    expect(found('nt4')).toEqual([]);
    expect(found('')).toHaveLength(4);
    const [hit] = searchCommands(commands, 'set int4');
    expect(hit.parts.filter((part) => part.hit).map((part) => part.text)).toEqual(['Set', 'INT4']);
    expect(hit.parts.map((part) => part.text).join('')).toBe('Set selected layers to INT4');
  });
});

describe('files', () => {
  test('are told apart: models, data, and shards of a model', () => {
    const split = (...names: string[]) => {
      const { model, data } = splitFiles(names.map((name) => ({ name })));
      return [model.map((file) => file.name), data.map((file) => file.name)];
    };
    expect(split('net.onnx', 't10k-images-idx3-ubyte.gz', 't10k-labels.idx1-ubyte')).toEqual([['net.onnx'], ['t10k-images-idx3-ubyte.gz', 't10k-labels.idx1-ubyte']]);
    expect(split('net.onnx', 'lossless_test_200.bin', 'weights.bin')).toEqual([['net.onnx', 'weights.bin'], ['lossless_test_200.bin']]);
    expect(split('a.h5', 'test_batch.bin')).toEqual([['a.h5'], ['test_batch.bin']]);
    expect(split('model.json', 'group1-shard1of1.bin')).toEqual([['model.json', 'group1-shard1of1.bin'], []]);
    expect(split('net.onnx', 'weights.bin', 'net.onnx.data', 'data_batch_1.bin')).toEqual([['net.onnx', 'weights.bin', 'net.onnx.data'], ['data_batch_1.bin']]);
  });

  test('recent ones show what was noted of them, and dashes for the rest', () => {
    const entry = { handle: 'h', name: 'a.h5', kind: 'model' as const, openedAt: '', exists: true };
    const facts = { network: 'ResNet-8', parameters: 77_706, fingerprint: '884TBX', sizeBytes: 24_088, floatBytes: 310_824, accuracy: 0.855, low: 0.8, high: 0.9 };
    expect(recentView({ ...entry, facts })).toMatchObject({ network: 'ResNet-8, 77,706 params', size: `24.1${NBSP}KB`, smaller: '12.9×' });
    expect(recentView({ ...entry, facts }).schemes).toEqual(['int8', 'int8', 'int4', 'ternary', 'binary', 'xnor']);
    expect(recentView({ ...entry, facts: {} })).toEqual({ network: '–', schemes: [], size: '–', smaller: '–', accuracy: '–', accuracyInFull: '–' });
    expect(recentView({ ...entry, facts: { accuracy: 0.99, low: 0.96, high: 0.998 } })).toMatchObject({ accuracy: '99.0 %', accuracyInFull: `99.0 [96.0,${NBSP}99.8]${NBSP}%` });
    expect(schemesOfLetters('F?8')).toEqual(['float32', 'int8']);
  });

  test('say when they were opened', () => {
    const now = new Date(2026, 10, 23, 15, 0);
    expect(openedText(new Date(2026, 10, 23, 14, 2).toISOString(), now, 'en')).toBe('today, 14:02');
    expect(openedText(new Date(2026, 10, 22, 23, 47).toISOString(), now, 'en')).toBe('yesterday, 23:47');
    expect(openedText(new Date(2026, 10, 12, 1, 0).toISOString(), now, 'en-GB')).toBe('12 Nov');
    expect(openedText('nonsense', now, 'en')).toBe('–');
  });
});
