import { expect, test } from 'vitest';
import { bitsDigest } from '../../core/base/digest.ts';
import { createRandom } from '../../core/base/random.ts';

const random = createRandom(11);
const weights = Float32Array.from({ length: 500 }, () => random.normal());

test('the digest of weights is the same for the same bits, wherever they lie', () => {
  const shifted = new Float32Array(502).subarray(2);
  shifted.set(weights);
  expect(bitsDigest(shifted)).toBe(bitsDigest(weights.slice()));
});

test('any two signs that change, any two weights that change places, and any zero that becomes −0 make another digest', () => {
  const seen = new Set([bitsDigest(weights)]);
  for (let i = 0; i < 300; i++) {
    const [first, second] = [random.integer(0, 250), random.integer(250, 500)];
    const flipped = weights.slice();
    flipped[first] = -weights[first]!;
    flipped[second] = -weights[second]!;
    const swapped = weights.slice();
    swapped[first] = weights[second]!;
    swapped[second] = weights[first]!;
    for (const changed of [flipped, swapped]) seen.add(bitsDigest(changed));
  }
  expect(seen.size).toBeGreaterThan(590);
  expect(bitsDigest(Float32Array.of(0, 0))).not.toBe(bitsDigest(Float32Array.of(-0, -0)));
});
