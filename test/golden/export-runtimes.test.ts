import { describe, expect, test } from 'vitest';
import { onnx, onnxQdq, qonnx } from '../../core/export/onnx/index.ts';
import { tfjs } from '../../core/export/tfjs/index.ts';
import { openTfjs } from '../../electron/cli/tfjs-runtime.ts';
import { openOnnx } from '../fixtures/onnx-runtime.ts';
import { lenet, mobileNet, PLANS, proofOf, resnet, sample } from '../fixtures/published-networks.ts';
import { hasRealData } from '../fixtures/real-data.ts';

/** npm run results:export proves 200 of each. */
const PICTURES = 40;
const MACHINE = { compileC: null, openOnnx, openTfjs };

describe.skipIf(!hasRealData).each([
  ['the sample', sample],
  ['ResNet-8', resnet],
  ['MobileNet', mobileNet],
  ['LeNet', lenet],
] as const)('%s as an ONNX file', (network, open) => {
  test.each(Object.keys(PLANS))('in %s: ONNX Runtime stores and answers what the studio does', { timeout: 120_000 }, async (plan) => {
    const subject = await open();
    const result = await proofOf(onnx, MACHINE, subject, PLANS[plan](subject.model), `${network} in ${plan}`, PICTURES);
    expect(result.rows.filter(({ differences }) => differences > 0)).toEqual([]);
    expect(result.ties).toBeLessThanOrEqual(1);
    expect(result.answersEqual + result.ties).toBe(PICTURES);
  });

  test('in int8 for accelerators: nearly every answer, ties for the rest', { timeout: 120_000 }, async () => {
    const subject = await open();
    const result = await proofOf(onnxQdq, MACHINE, subject, PLANS['int8'](subject.model), `${network} in int8`, PICTURES);
    expect(result.rows.filter(({ differences }) => differences > 0)).toEqual([]);
    expect(result.ties).toBeLessThanOrEqual(2);
    expect(result.answersEqual + result.ties).toBe(PICTURES);
  });
});

/** Slower, and of networks that are deployed by now. */
const FEW_PICTURES = 4;

describe.skipIf(!hasRealData).each([
  ['ResNet-8', resnet],
  ['MobileNet', mobileNet],
] as const)('%s for tools without a runtime here, and for TensorFlow.js', (network, open) => {
  test.each(Object.keys(PLANS))('in %s: QONNX’s nodes, as they are defined, and tfjs store and answer what the studio does', { timeout: 600_000 }, async (plan) => {
    const subject = await open();
    for (const target of [qonnx, tfjs]) {
      const result = await proofOf(target, MACHINE, subject, PLANS[plan](subject.model), `${network} in ${plan}`, FEW_PICTURES);
      expect(result.rows.filter(({ differences }) => differences > 0)).toEqual([]);
      expect(result.answersEqual + result.ties).toBe(FEW_PICTURES);
    }
  });
});
