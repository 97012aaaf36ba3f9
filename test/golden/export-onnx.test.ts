import { describe, expect, test } from 'vitest';
import { onnx, onnxQdq, qonnx } from '../../core/export/onnx/index.ts';
import { openOnnx } from '../fixtures/onnx-runtime.ts';
import { lenet, mobileNet, PLANS, proofOf, resnet, sample } from '../fixtures/published-networks.ts';
import { hasRealData } from '../fixtures/real-data.ts';

const PICTURES = 200;
const MACHINE = { compileC: null, openOnnx, openTfjs: null };

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
    expect(result.answersEqual).toBeGreaterThanOrEqual(0.995 * PICTURES);
    expect(result.answersEqual + result.ties).toBe(PICTURES);
  });

  test('in int8 for accelerators: nearly every answer, ties for the rest', { timeout: 120_000 }, async () => {
    const subject = await open();
    const result = await proofOf(onnxQdq, MACHINE, subject, PLANS['int8'](subject.model), `${network} in int8`, PICTURES);
    expect(result.rows.filter(({ differences }) => differences > 0)).toEqual([]);
    expect(result.answersEqual).toBeGreaterThanOrEqual(0.98 * PICTURES);
    expect(result.answersEqual + result.ties).toBe(PICTURES);
  });
});

/** QONNX's nodes keep weights out of the runtime's sight, which makes it slow; what many pictures would say, 200 said once. */
const QONNX_PICTURES = Number(process.env['BITWRIGHT_PICTURES'] ?? 10);

describe.skipIf(!hasRealData).each([
  ['ResNet-8', resnet],
  ['MobileNet', mobileNet],
] as const)('%s as a QONNX file', (network, open) => {
  test.each(Object.keys(PLANS))('in %s: its nodes, as they are defined, store and answer what the studio does', { timeout: 120_000 }, async (plan) => {
    const subject = await open();
    const result = await proofOf(qonnx, MACHINE, subject, PLANS[plan](subject.model), `${network} in ${plan}`, QONNX_PICTURES);
    expect(result.rows.filter(({ differences }) => differences > 0)).toEqual([]);
    expect(result.answersEqual + result.ties).toBe(QONNX_PICTURES);
  });
});
