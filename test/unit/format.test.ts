import { describe, expect, it } from 'vitest';
import { about, formatsFor, join, MISSING } from '../../core/base/format.ts';

const english = formatsFor('en');
/** Expectations are typed with plain spaces; the text itself must hold no-break spaces only where a unit follows. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('sizes', () => {
  it.each([
    [592, '592 B'],
    [999, '999 B'],
    [1000, '1.0 KB'],
    [24_088, '24.1 KB'],
    [310_824, '310.8 KB'],
    [999_949, '999.9 KB'],
    [999_950, '1.00 MB'],
    [1_234_567, '1.23 MB'],
    [123_456_789, '123 MB'],
  ])('of %d bytes reads %s in a meter', (bytes, text) => expect(plain(join(english.size(bytes)))).toBe(text));

  it.each([
    [2464, '2.46 KB'],
    [752, '0.75 KB'],
    [9_994, '9.99 KB'],
    [9_996, '10.0 KB'],
    [19_000, '19.0 KB'],
    [310_824, '311 KB'],
    [26_816, '26.8 KB'],
  ])('of a layer of %d bytes reads %s', (bytes, text) => expect(plain(join(english.layerSize(bytes)))).toBe(text));

  it('are exact with commas where the proof compares', () => expect(plain(join(english.exactSize(24_088)))).toBe('24,088 B'));
  it('of device memory use powers of 1,024', () => {
    expect(plain(join(english.deviceMemory(63_386)))).toBe('61.9 KiB');
    expect(plain(join(english.deviceMemory(2 * 1024 ** 2)))).toBe('2 MiB');
  });
});

describe('accuracies', () => {
  it('show the half width of a symmetric interval', () => {
    const text = english.accuracy(0.855, { low: 0.79956, high: 0.89724 });
    expect(`${text.value} ${plain(text.spread)}`).toBe('85.5 ±4.9 %');
  });
  it('show both ends where the interval leans', () => {
    const text = english.accuracy(0.979, { low: 0.968113, high: 0.986227 });
    expect(`${text.value} ${plain(text.spread)}`).toBe('97.9 [96.8, 98.6] %');
  });
  it('differ by points with an arrow, and say when it is within the noise', () => {
    expect(english.points(-0.026, 0.013)).toEqual({ arrow: '▼', text: '−2.6 ±1.3\u00a0pt', meaning: 'worse' });
    expect(english.points(0.001, 0.003)).toEqual({ arrow: '', text: '+0.1 ±0.3\u00a0pt, no gain', meaning: 'none' });
    expect(english.points(0.015, 0.01).arrow).toBe('▲');
    expect(plain(english.points(0, null).text)).toBe('±0.0 pt');
    expect(plain(english.points(0, 0.022).text)).toBe('±0.0 ±2.2 pt, no change');
  });
});

describe('times', () => {
  it.each([
    [1.2391, '1.24 ms'],
    [0.04, '40 µs'],
    [0.0999, '99.9 µs'],
    [0.1, '0.10 ms'],
    [12.44, '12.4 ms'],
    [1234.4, '1,234 ms'],
    [12_340, '12.3 s'],
  ])('of %d ms read %s', (milliseconds, text) => expect(plain(join(english.duration(milliseconds)))).toBe(text));

  it.each([
    [38.2, 0.5, '38 s'],
    [297, 0.5, '4 min 57 s'],
    [7_800, 0.5, '2 h 10 min'],
    [297, 0.02, 'about 4 min 57 s'],
    [59.7, 0.9, '1 min 0 s'],
  ])('left of %d s at share %d read %s', (seconds, done, text) => expect(plain(english.timeLeft(seconds, done))).toBe(text));
});

describe('ratios and signs', () => {
  const words = { above: 'faster', below: 'slower', equal: 'same speed' };
  it.each([
    [12.93, '12.9× faster'],
    [2.3, '2.3× faster'],
    [1 / 1.4, '1.4× slower'],
    [1.02, 'same speed'],
    [0.98, 'same speed'],
    [122.6, '123× faster'],
  ])('of %d reads %s', (value, text) => expect(english.ratio(value, words)).toBe(text));

  it('use the true minus, a plus on gains and ±0.0 for none', () => {
    expect(english.signed(-1.15, 2)).toBe('\u22121.15');
    expect(english.signed(0.6, 1)).toBe('+0.6');
    expect(english.signed(-0.04, 1)).toBe('±0.0');
  });
  it('write small numbers with an exponent', () => {
    expect(english.scientific(8.1e-4)).toBe('8.1e-4');
    expect(english.scientific(1e-3)).toBe('1e-3');
  });
  it('write what is missing as a dash and no loss as infinity', () => {
    expect(english.decimal(Number.NaN, 1)).toBe(MISSING);
    expect(english.decibels(Infinity)).toBe('∞');
  });
  it('mark estimates in front', () => expect(plain(about('1.24 ms'))).toBe('≈ 1.24 ms'));
});

describe('another locale', () => {
  it('changes separators, never units or signs', () => {
    const german = formatsFor('de');
    expect(plain(join(german.size(24_088)))).toBe('24,1 KB');
    expect(german.count(77_706)).toBe('77.706');
    expect(german.signed(-1.15, 2)).toBe('\u22121,15');
    expect(german.scientific(8.1e-4)).toBe('8,1e-4');
  });
});
