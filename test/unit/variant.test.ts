import { describe, expect, it } from 'vitest';
import { planUniformly } from '../../core/analysis/plans.ts';
import { StudioError } from '../../core/base/errors.ts';
import { writePacked } from '../../core/export/packed/write.ts';
import { readZip } from '../../core/base/zip.ts';
import { writeZip } from '../../core/project/archive.ts';
import { readVariant, writeVariant } from '../../core/project/variant.ts';
import type { VariantFile } from '../../core/project/variant.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { watchFloat } from '../../core/runtime/watch.ts';
import { plainNetwork } from '../fixtures/networks.ts';

const model = plainNetwork(3);
const noise = (index: number): Float32Array => Float32Array.from({ length: 8 * 8 * 3 }, (_, i) => Math.sin((index + 1) * (i + 0.5)));
const calibration = await calibrate(model, watchFloat(model), noise, 8, { observer: 'mse', signal: new AbortController().signal, report: () => {} });
const variant: VariantFile = { name: 'plain.onnx', model, plan: planUniformly(model.graph, 'ternary').plan, calibration, reference: model, preprocess: 'unit' };
const bytes = writeVariant(variant);

describe('a variant file', () => {
  it('read back deploys to the very same packed bytes', () => {
    const read = readVariant(bytes, 'plain.bitvar');
    expect(read).toMatchObject({ name: 'plain.onnx', plan: variant.plan, preprocess: 'unit' });
    expect(writePacked(deploy(read))).toEqual(writePacked(deploy(variant)));
    expect(read.reference).toBe(read.model);
  });

  it('is the same bytes each time, and holds the float network only where it is another one', () => {
    expect(writeVariant(variant)).toEqual(bytes);
    const trained = writeVariant({ ...variant, reference: plainNetwork(4) });
    expect(Object.keys(readZip(trained, 'x'))).toContain('reference.bitmodel');
    expect(readVariant(trained, 'x').reference.weights).toEqual(plainNetwork(4).weights);
  });

  const entries = readZip(bytes, 'x');
  const described = JSON.parse(new TextDecoder().decode(entries['variant.json'])) as Record<string, unknown>;
  const withJson = (change: Record<string, unknown>): Uint8Array => writeZip({ ...entries, 'variant.json': new TextEncoder().encode(JSON.stringify({ ...described, ...change })) });

  it.each<[string, Uint8Array, string]>([
    ['cut short', bytes.subarray(0, bytes.length - 40), 'cannot be read as a zip'],
    ['of a newer version', withJson({ version: 2 }), 'its version is 2 where 1 can be read'],
    ['of something else', withJson({ format: 'other' }), 'describes something else'],
    ['with an unknown scheme', withJson({ plan: { conv1: { scheme: 'int2' } } }), 'has no scheme for the layer "conv1"'],
    ['with a plan for a layer that is not there', withJson({ plan: { conv9: { scheme: 'int8' } } }), 'a layer "conv9" that the network does not have'],
    ['with an unknown option', withJson({ plan: { conv1: { scheme: 'int8', options: { a: 1 } } } }), 'There is no option "a"'],
    ['with an unknown preprocessing', withJson({ preprocess: 'toString' }), 'preprocessing is missing'],
    ['without its network', writeZip({ 'variant.json': entries['variant.json']! }), 'it holds no network.bitmodel'],
    ['with a damaged calibration', writeZip({ ...entries, 'calibration.bin': new Uint8Array([1, 2, 3, 4, 5]) }), 'calibration'],
    ['whose description is not JSON', writeZip({ ...entries, 'variant.json': new Uint8Array([123]) }), 'variant.json is not JSON'],
  ])('%s is refused with a sentence', (_what, damaged, sentence) => {
    expect(() => readVariant(damaged, 'v.bitvar')).toThrow(sentence);
    expect(() => readVariant(damaged, 'v.bitvar')).toThrow(StudioError);
  });
});
