import { describe, expect, it } from 'vitest';
import { canPrune, checkLayerChoices, frozenLayers, withChoice } from '../../core/train/layer-choices.ts';

describe('Choices of single layers', () => {
  it('that say nothing are not kept', () => {
    const frozen = withChoice({}, 'a', { frozen: true });
    expect(frozen).toEqual({ a: { frozen: true } });
    expect(withChoice(frozen, 'a', { sparsity: 0 })).toEqual({ a: { frozen: true, sparsity: 0 } });
    expect(withChoice(frozen, 'a', { frozen: false })).toEqual({});
    expect(withChoice({ a: { sparsity: 0.5 }, b: { frozen: true } }, 'a', { sparsity: undefined })).toEqual({ b: { frozen: true } });
  });

  it('name layers that exist and shares that can be', () => {
    expect(checkLayerChoices({ a: { frozen: true, sparsity: 0.9 } }, ['a', 'b'])).toBeNull();
    expect(checkLayerChoices({ c: { frozen: true } }, ['a', 'b'])).toBe('There is no layer "c"; the layers are a, b.');
    expect(checkLayerChoices({ a: { sparsity: 1 } }, ['a'])).toBe('a: Pruning must be a number from 0 to 0.95, not 1.');
    expect(checkLayerChoices({ a: { sparsity: Number.NaN } }, ['a'])).toContain('not NaN');
  });

  it('prune where the codes have a zero', () => {
    const plan = { a: { scheme: 'binary' }, b: { scheme: 'ternary' }, c: { scheme: 'xnor' } } as const;
    expect(['a', 'b', 'c', 'd'].map((layer) => canPrune(plan, layer))).toEqual([false, true, false, true]);
  });

  it('freeze the layers that say so', () => {
    expect([...frozenLayers({ a: { frozen: true }, b: { sparsity: 0.5 }, c: { frozen: false } })]).toEqual(['a']);
  });
});
