import { describe, expect, test } from 'vitest';
import { tfjs } from '../../core/export/tfjs/index.ts';
import { openTfjs } from '../../electron/cli/tfjs-runtime.ts';
import { mobileNet, PLANS, proofOf, resnet } from '../fixtures/published-networks.ts';
import { hasRealData } from '../fixtures/real-data.ts';

/** tfjs computes in plain JavaScript here; what many pictures would say, 200 said once. */
const PICTURES = Number(process.env['BITWRIGHT_PICTURES'] ?? 10);
const MACHINE = { compileC: null, openOnnx: null, openTfjs };

describe.skipIf(!hasRealData).each([
  ['ResNet-8', resnet],
  ['MobileNet', mobileNet],
] as const)('%s as a TensorFlow.js folder', (network, open) => {
  test.each(Object.keys(PLANS))('in %s: tfjs stores and answers what the studio does', { timeout: 600_000 }, async (plan) => {
    const subject = await open();
    const result = await proofOf(tfjs, MACHINE, subject, PLANS[plan](subject.model), `${network} in ${plan}`, PICTURES);
    expect(result.rows.filter(({ differences }) => differences > 0)).toEqual([]);
    expect(result.answersEqual + result.ties).toBe(PICTURES);
  });
});
