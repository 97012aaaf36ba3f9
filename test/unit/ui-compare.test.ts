import { describe, expect, it } from 'vitest';
import { formatsFor } from '../../core/base/format.ts';
import type { Evaluation } from '../../core/jobs/contract.ts';
import { wilsonInterval } from '../../core/analysis/statistics.ts';
import type { Project, Variant } from '../../core/project/schema.ts';
import { shownColumns, shownPair } from '../../renderer/state/comparing.ts';
import { samplePixels } from '../../renderer/state/select/sample-pixels.ts';
import { layOutScatter } from '../../renderer/features/compare/scatter.ts';
import { railPath, treeRows } from '../../renderer/features/compare/tree.ts';
import { comparePair, confusionCells, sharedAnswers, significance, summarise, type VariantNumbers } from '../../renderer/features/compare/view-model.ts';

const english = formatsFor('en');
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

function variant(id: string, parent: string | null): Variant {
  return { id, name: id, parent, plan: {}, lockedLayers: [], trained: null };
}
const VARIANTS = Object.fromEntries(
  [variant('original', null), variant('a', 'original'), variant('b', 'a'), variant('c', 'a'), variant('d', 'original')].map((v) => [v.id, v]),
);
const ORDER = ['original', 'a', 'b', 'd', 'c'];
const PROJECT = { variants: VARIANTS, order: ORDER, active: 'b' } as unknown as Project;

function evaluation(predictions: readonly number[], labels: readonly number[]): Evaluation {
  const correct = predictions.filter((answer, index) => answer === labels[index]).length;
  const count = predictions.length;
  return { count, correct, accuracy: correct / count, measure: 'accuracy', interval: wilsonInterval(correct, count), predictions: Int32Array.from(predictions), divergence: 0, milliseconds: 1 };
}

describe('the variant tree', () => {
  it('puts children under their parent, in the order of creation', () => {
    expect(treeRows(VARIANTS, ORDER).map((row) => [row.id, row.depth])).toEqual([['original', 0], ['a', 1], ['b', 2], ['c', 2], ['d', 1]]);
  });
  it('shows a variant whose parent is gone at the top', () => {
    const { a: _gone, ...rest } = VARIANTS;
    expect(treeRows(rest, ['original', 'b']).map((row) => [row.id, row.depth])).toEqual([['original', 0], ['b', 0]]);
  });
  it('draws a line down only where another sibling follows', () => {
    const rows = treeRows(VARIANTS, ORDER);
    const rail = (id: string) => railPath(rows.find((row) => row.id === id)!);
    expect(rail('original')).toBe('M10 20V40');
    expect(rail('b')).toContain('M10 0V40');
    expect(rail('d')).toBe('M10 0V14M10 14a6 6 0 0 0 6 6h4');
  });
});

describe('columns', () => {
  it('are at least two: the one in work and its parent', () => expect(shownColumns(PROJECT, [])).toEqual(['a', 'b']));
  it('are those chosen, without the ones that are gone, and at most six', () => {
    expect(shownColumns(PROJECT, ['d', 'nobody', 'c'])).toEqual(['d', 'c']);
    const many = Array.from({ length: 9 }, (_, index) => variant(`v${index}`, null));
    const project = { ...PROJECT, variants: Object.fromEntries(many.map((v) => [v.id, v])), order: many.map((v) => v.id), active: 'v0' };
    expect(shownColumns(project, project.order)).toHaveLength(6);
  });
  it('compare answers with the original unless another pair is chosen', () => {
    expect(shownPair(PROJECT, ['a', 'b'], null)).toEqual({ before: 'original', after: 'a' });
    expect(shownPair(PROJECT, ['a', 'b'], { before: 'a', after: 'b' })).toEqual({ before: 'a', after: 'b' });
    expect(shownPair(PROJECT, ['a', 'b'], { before: 'gone', after: 'b' })).toEqual({ before: 'original', after: 'a' });
  });
});

describe('answers', () => {
  const labels = [0, 0, 1, 1, 2, 2, 0, 1];
  const before = evaluation([0, 0, 1, 1, 2, 0, 0, 1], labels);
  const after = evaluation([0, 1, 1, 1, 0, 2], labels.slice(0, 6));

  it('are compared on the samples that both have seen', () => {
    const shared = sharedAnswers(before, after, Int32Array.from(labels));
    expect(shared.samples).toBe(6);
    const view = comparePair(shared, ['cat', 'dog', 'owl'], english)!;
    expect(view.flips).toEqual({ rightToWrong: [1, 4], wrongToRight: [5], wrongToWrong: [], unchanged: 3 });
    expect(view.finding).toBe('Largest change: 1 picture of cat more are called dog.');
  });
  it('cannot be compared without labels', () => expect(comparePair(sharedAnswers(before, after, null), ['x'], english)).toBeNull());
  it('tint deeper the more they moved, and by what is good', () => {
    const counts = Int32Array.from([-6, 6, 0, 2, -2, 0, 0, 1, -1]);
    expect(confusionCells({ classes: 3, counts }).map((cell) => cell.tint)).toEqual(['w3', 'w3', 'cell-0', 'w1', 'w1', 'cell-0', 'cell-0', 'w1', 'w1']);
    expect(confusionCells({ classes: 1, counts: Int32Array.from([3]) })[0].tint).toBe('g3');
  });
  it('say how likely chance is', () => {
    expect(significance(0.0004, english)).toBe('McNemar p < 0.001');
    expect(significance(0.0123, english)).toBe('McNemar p = 0.012');
    expect(significance(1, english)).toBe('McNemar p = 1.00');
  });
});

describe('a column', () => {
  const labels = Int32Array.from({ length: 1000 }, () => 1);
  const right = (correct: number) => evaluation(Array.from({ length: 1000 }, (_, index) => (index < correct ? 1 : 0)), [...labels]);
  const original: VariantNumbers = { id: 'original', name: 'FP32', bytes: 309_000, floatBytes: 310_824, evaluation: right(872), speed: null };

  it('shows size, accuracy and their change against the original', () => {
    const small: VariantNumbers = { id: 'a', name: 'A', bytes: 24_088, floatBytes: 310_824, evaluation: right(846), speed: null };
    const summary = summarise(small, original, labels, english);
    expect([summary.size.value, summary.size.ratio, plain(summary.size.exact)]).toEqual(['24.1', '12.9× smaller', '24,088 B']);
    expect([summary.accuracy!.value, summary.accuracy!.change!.meaning]).toEqual(['84.6', 'worse']);
    expect(plain(summary.accuracy!.change!.text)).toBe('−2.6 ±1.0 pt');
    expect(summary.speed).toBeNull();
  });
  it('of the original has nothing to be compared with', () => {
    const summary = summarise(original, original, labels, english);
    expect([summary.size.ratio, summary.accuracy!.change]).toEqual(['', null]);
  });
});

describe('the scatter', () => {
  const point = (id: string, bytes: number, accuracy: number) => ({ id, label: id, letter: null, bytes, accuracy, low: accuracy - 2, high: accuracy + 2 });
  const points = [point('one', 24_000, 84), point('two', 25_000, 84.2), point('three', 310_000, 87), point('four', 90_000, 60), point('five', 24_500, 84.1)];
  const layout = layOutScatter(points, 400, 330);

  it('keeps every point and whisker inside of the plot', () => {
    const { plot } = layout;
    for (const { x, lowY, highY } of layout.points) {
      expect(x).toBeGreaterThan(plot.left);
      expect(x).toBeLessThan(plot.right);
      expect(lowY).toBeLessThanOrEqual(plot.bottom + 1e-9);
      expect(highY).toBeGreaterThanOrEqual(plot.top - 1e-9);
    }
  });
  it('is logarithmic in size: doubling is one distance', () => {
    const xs = layout.xTicks.map((tick) => tick.x);
    expect(xs[2] - xs[1]).toBeCloseTo(xs[1] - xs[0], 9);
  });
  it('never prints one label over another', () => {
    const boxes = layout.points.map((p) => ({ left: p.anchor === 'start' ? p.labelX : p.labelX - p.label.length * 6, y: p.labelY, width: p.label.length * 6 }));
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
      expect(Math.abs(a.y - b.y) >= 13 || a.left + a.width < b.left || b.left + b.width < a.left).toBe(true);
    }));
  });
  it('draws the front through the best only', () => expect(layout.front.split('L')).toHaveLength(4));
  it('stands with nothing measured', () => expect(layOutScatter([], 400, 330).points).toEqual([]));
});

describe('pictures of samples', () => {
  it('take grey, colour and numbers of any range', () => {
    const grey = samplePixels({ count: 2, images: Uint8Array.from([0, 9, 255, 7]), labels: null }, [1, 2, 1], 1);
    expect([...grey.rgba]).toEqual([255, 255, 255, 255, 7, 7, 7, 255]);
    const colour = samplePixels({ count: 1, images: Int8Array.from([-128, 0, 127]), labels: null }, [1, 1, 3], 0);
    expect([...colour.rgba]).toEqual([0, 128, 255, 255]);
    const real = samplePixels({ count: 1, images: Float32Array.from([-1, 1]), labels: null }, [1, 2, 1], 0);
    expect([...real.rgba]).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
  });
});
