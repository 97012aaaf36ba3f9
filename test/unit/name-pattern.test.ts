import { describe, expect, it } from 'vitest';
import { matchesPattern, patternsOf } from '../../core/base/name-pattern.ts';
import { createRandom } from '../../core/base/random.ts';

describe('a name pattern', () => {
  it('without a star means exactly that name', () => {
    expect(matchesPattern('conv1', 'conv1')).toBe(true);
    expect(matchesPattern('conv1', 'conv10')).toBe(false);
    expect(matchesPattern('conv1', 'Conv1')).toBe(false);
    expect(matchesPattern('', '')).toBe(true);
    expect(matchesPattern('', 'conv1')).toBe(false);
  });

  it('lets a star stand for any characters, none included', () => {
    expect(matchesPattern('stage2.*.conv1', 'stage2.0.conv1')).toBe(true);
    expect(matchesPattern('stage2.*.conv1', 'stage2.0.branch.conv1')).toBe(true);
    expect(matchesPattern('stage2.*.conv1', 'stage2.0.conv10')).toBe(false);
    expect(matchesPattern('conv*', 'conv')).toBe(true);
    expect(matchesPattern('*expand*', 'block_12_expand')).toBe(true);
    expect(matchesPattern('*', '')).toBe(true);
  });

  it('takes every other character as it is, those of regular expressions included', () => {
    expect(matchesPattern('a.b', 'axb')).toBe(false);
    expect(matchesPattern('conv(1)+[x]$^|\\{2}?', 'conv(1)+[x]$^|\\{2}?')).toBe(true);
    expect(matchesPattern('model/conv(*)/BiasAdd', 'model/conv(12)/BiasAdd')).toBe(true);
    expect(matchesPattern('a?', 'ab')).toBe(false);
  });

  it('agrees with a regular expression on random names', () => {
    const random = createRandom(7);
    const text = (letters: string, most: number): string => Array.from({ length: Math.floor(random.uniform() * most) }, () => letters[Math.floor(random.uniform() * letters.length)]).join('');
    for (let round = 0; round < 3_000; round++) {
      const [pattern, name] = [text('ab.*', 7), text('ab.', 9)];
      const expected = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(name);
      expect(matchesPattern(pattern, name), `${pattern} on ${name}`).toBe(expected);
    }
  });

  it('answers at once where backtracking would take hours', () => {
    const startedMs = performance.now();
    expect(matchesPattern(`${'a*'.repeat(200)}b`, 'a'.repeat(20_000))).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(500);
  });
});

describe('the patterns that a name suggests', () => {
  it('leave its numbers open, one by one and all, and its beginnings', () => {
    expect(patternsOf('stage2.0.conv1')).toEqual(['stage2.0.conv*', 'stage2.*.conv1', 'stage*.0.conv1', 'stage*.*.conv*', 'stage2.0.*', 'stage2.*']);
    expect(patternsOf('block_12_expand')).toEqual(['block_*_expand', 'block_12_*', 'block_*']);
  });

  it('are none for a name without numbers or separators, nor for one that has a star itself', () => {
    expect(patternsOf('dense')).toEqual([]);
    expect(patternsOf('a*.1')).toEqual([]);
  });

  it('each match the name, and say no pattern twice', () => {
    for (const name of ['conv2d_12', 'a.1.b.2.c.3.d.4', '0', '12.', 'x-1/y_2:z', 'features.3.conv.0.1(weird)+name']) {
      const patterns = patternsOf(name);
      expect(new Set(patterns).size).toBe(patterns.length);
      for (const pattern of patterns) expect(matchesPattern(pattern, name), pattern).toBe(true);
    }
  });
});
