import { describe, expect, it } from 'vitest';
import { initialValues } from '../../core/quant/fields.ts';
import { changedLayers, describeChanges, mayChange } from '../../core/train/changes.ts';
import { Pace } from '../../core/train/pace.ts';
import { RECIPE_FIELDS, recipeOf } from '../../core/train/recipe.ts';
import { stagesAt, stagesFrom } from '../../core/train/schedule.ts';
import { stagesOf } from '../../core/train/stages.ts';

const RECIPE = recipeOf(initialValues(RECIPE_FIELDS));
const NEEDS = { quantised: true, oneBitInputs: true, coarseWeights: true };
const places = (stages: readonly { id: string; from: number; to: number }[]) => stages.map(({ id, from, to }) => [id, from, to]);

describe('The stages of a changed run', () => {
  const before = stagesOf(RECIPE, 100, NEEDS);

  it('are those of the recipe before anything has been entered', () => {
    expect(places(before)).toEqual([['soft', 0, 10], ['sign', 10, 50], ['codes', 50, 100]]);
    expect(places(stagesFrom(stagesOf(RECIPE, 200, NEEDS), before, 0))).toEqual([['soft', 0, 20], ['sign', 20, 100], ['codes', 100, 200]]);
  });

  it('never go back to one that was left: what was entered keeps its beginning, and the rest follows the recipe', () => {
    expect(places(stagesFrom(stagesOf(RECIPE, 200, NEEDS), before, 60))).toEqual([['soft', 0, 10], ['sign', 10, 50], ['codes', 50, 200]]);
    expect(places(stagesFrom(stagesOf(RECIPE, 200, NEEDS), before, 30))).toEqual([['soft', 0, 10], ['sign', 10, 100], ['codes', 100, 200]]);
  });

  it('leave one that a shorter recipe has already ended', () => {
    const shorter = stagesOf({ ...RECIPE, signShare: 0.1 }, 100, NEEDS);
    expect(places(stagesFrom(shorter, before, 30))).toEqual([['soft', 0, 10], ['sign', 10, 30], ['codes', 30, 100]]);
  });

  it('lie where they lay when nothing changed', () => {
    expect(places(stagesAt(stagesOf(RECIPE, 120, NEEDS), before))).toEqual(places(before));
  });
});

describe('Changes in words', () => {
  const choices = (changes: object, plan = {}, layers = {}) => ({ recipe: { ...RECIPE, ...changes }, plan, layers });

  it('name the field, the old value and the new one', () => {
    expect(describeChanges(choices({}), choices({ learningRate: 0.001, reEstimate: false, augment: 'crop-flip' }))).toEqual([
      'Learning rate 0.003 → 0.001',
      'Augmentation None → Shift and mirror',
      'Measure batch norm at the end on → off',
    ]);
    expect(describeChanges(choices({}), choices({}))).toEqual([]);
  });

  it('count layers that went the same way', () => {
    const before = { a: { scheme: 'int8' }, b: { scheme: 'int8' }, c: { scheme: 'int4' } } as const;
    const after = { a: { scheme: 'xnor' }, b: { scheme: 'xnor' }, c: { scheme: 'binary' } } as const;
    expect(describeChanges(choices({}, before), choices({}, after))).toEqual(['2 layers INT8 → XNOR', 'c INT4 → BINARY']);
  });

  it('say which layers were frozen or pruned otherwise', () => {
    const before = { a: { frozen: true }, b: { sparsity: 0.5 } };
    const after = { b: {}, c: { frozen: true, sparsity: 0.25 }, d: { sparsity: 0.25 } };
    expect(describeChanges(choices({}, {}, before), choices({}, {}, after))).toEqual(['a no longer frozen', 'b pruned as the recipe says', 'c frozen', '2 layers pruned to 0.25']);
  });

  it('see no difference between a layer that is left out and one in float32, nor in options as they are initially', () => {
    expect(changedLayers({ a: { scheme: 'float32' } }, {})).toEqual([]);
    expect(changedLayers({ a: { scheme: 'ternary', options: {} } }, { a: { scheme: 'ternary' } })).toEqual([]);
  });

  it('may not touch what splits the images', () => {
    expect(Object.keys(RECIPE_FIELDS).filter((name) => !mayChange(name))).toEqual(['trainSamples', 'validationShare']);
  });
});

describe('The time that is left', () => {
  const work = { steps: 100, validations: 3, forwardBatches: 40, deployedSamples: 1000 };

  it('counts what comes after the steps as well', () => {
    const pace = new Pace(50, 1000);
    for (let i = 0; i < 50; i++) pace.stepped(0.1);
    pace.validated(2);
    expect(pace.secondsLeft(work)).toBeCloseTo(100 * 0.1 + 3 * 2 + 40 * 50 * 0.002 + 1000 * 0.002, 9);
    expect(pace.imagesPerSecond).toBeCloseTo(500, 9);
  });

  it('forgets a slow first step at once and follows a machine that slows down', () => {
    const pace = new Pace(50, 0);
    [9, 0.1, 0.1, 0.1].forEach((seconds) => pace.stepped(seconds));
    expect(pace.secondsPerStep).toBeCloseTo(0.1, 9);
    for (let i = 0; i < 100; i++) pace.stepped(0.2);
    expect(pace.secondsPerStep).toBeCloseTo(0.2, 2);
  });
});
