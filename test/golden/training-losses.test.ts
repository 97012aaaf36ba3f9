import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchOf, drawWeights, Steps } from '../fixtures/training-steps.ts';
import { lenet, resnet8 } from '../fixtures/training-networks.ts';
import { startForTest } from '../unit/train-setup.ts';

interface Recorded {
  readonly torch: string;
  readonly steps: number;
  readonly networks: readonly { readonly name: string; readonly batch: number; readonly losses: readonly number[]; readonly doubleLosses: readonly number[] }[];
}

/** Written by test/golden/pytorch/losses.py, which draws the same weights and images. */
const recorded = JSON.parse(readFileSync(new URL('./training-losses.json', import.meta.url), 'utf8')) as Recorded;
const NETWORKS = { LeNet: lenet, 'ResNet-8': resnet8 } as const;

beforeAll(startForTest);

/** Largest relative difference of two curves. */
const apart = (a: readonly number[], b: readonly number[]): number => Math.max(...a.map((value, i) => Math.abs(value / b[i] - 1)));

describe(`Ten steps of Adam have the losses of PyTorch ${recorded.torch}`, () => {
  for (const { name, batch, losses, doubleLosses } of recorded.networks) {
    it(`${name}, batch ${batch}: as near to PyTorch's in double precision as its own in single, within a factor of four or 1e-4`, { timeout: 120_000 }, () => {
      const model = drawWeights(NETWORKS[name as keyof typeof NETWORKS](1));
      const steps = new Steps(model);
      const ours = Array.from({ length: recorded.steps }, (_, step) => steps.take(batchOf(model, batch, 10, 1000 + 10 * (step % 4))));
      steps.dispose();
      // The first loss has gone through no optimiser: rounding alone.
      expect(Math.abs(ours[0] / doubleLosses[0] - 1)).toBeLessThan(1e-5);
      expect(apart(ours, doubleLosses)).toBeLessThan(Math.max(4 * apart(losses, doubleLosses), 1e-4));
    });
  }
});
