import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { uniformPlan } from '../../core/analysis/plans.ts';
import type { ExportFile } from '../../core/export/exporter.ts';
import { writeC99 } from '../../core/export/c99/write.ts';
import { readModelArchive } from '../../core/project/archive.ts';
import { sampleDataSet } from '../../core/data/sample/digits.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { layersOf } from '../../core/graph/graph.ts';
import { createRandom } from '../../core/base/random.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { watchFloat } from '../../core/runtime/watch.ts';
import type { Plan } from '../../core/schemes/scheme.ts';
import { COMPILER, hasProgram, NO_COMPILER, runWith } from '../fixtures/c-compiler.ts';
import { NetworkBuilder } from '../fixtures/networks.ts';

const STRICT = ['-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-ffp-contract=off'];
const CORTEX_M4 = ['-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=hard', '-mfpu=fpv4-sp-d16'];
const flagsOfCpu = (): string => {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
};

const context = { signal: new AbortController().signal, report: () => {} };
const { model } = readModelArchive(new Uint8Array(readFileSync(join('core', 'data', 'sample', 'digits-cnn.bitmodel'))), 'sample');
const calibration = await JOBS.calibrate({ model, data: sampleDataSet({ trainCount: 300, testCount: 10 }), preprocess: 'unit', samples: 64 }, context);

const twoLevels = (): Plan => Object.fromEntries(layersOf(model.graph).map((layer) => [layer.id, { scheme: 'ternary', options: { levels: 'two' } }]));
const PLANS: Readonly<Record<string, Plan>> = {
  float32: {},
  int8: uniformPlan(model.graph, 'int8'),
  int4: uniformPlan(model.graph, 'int4'),
  'two levels': twoLevels(),
  binary: uniformPlan(model.graph, 'binary'),
  xnor: uniformPlan(model.graph, 'xnor'),
};
const names = Object.keys(PLANS);

function written(plan: string): readonly ExportFile[] {
  return writeC99(deploy({ model, plan: PLANS[plan], calibration }), 'sample');
}

/** 64 channels in, multiples of 16 out, and a width that is no multiple of four. */
async function writtenOfWords(): Promise<readonly ExportFile[]> {
  const net = new NetworkBuilder(8, [1, 6, 11, 3]);
  let at = net.relu('relu', net.batchNorm('norm', net.conv('first', 'input', 64)));
  for (const [i, channels] of [64, 48].entries()) at = net.batchNorm(`norm${i}`, net.conv(`conv${i}`, at, channels));
  net.dense('dense', net.flatten('flatten', at), 3);
  const words = net.build('words');
  const random = createRandom(2);
  const samples = Array.from({ length: 16 }, () => Float32Array.from({ length: 6 * 11 * 3 }, () => random.normal()));
  const ranges = await calibrate(words, watchFloat(words), (i) => samples[i], samples.length, { observer: 'mse' });
  const plan: Plan = { first: { scheme: 'int8' }, conv0: { scheme: 'xnor' }, conv1: { scheme: 'xnor', options: { padding: 'zero' } }, dense: { scheme: 'int8' } };
  return writeC99(deploy({ model: words, plan, calibration: ranges }), 'sample');
}

const selfTest = (compiler: string, flags: readonly string[]): readonly string[] => [compiler, ...STRICT, ...flags, 'sample.c', 'sample_selftest.c', '-o', 'selftest'];
const macro = (files: readonly ExportFile[], name: string): number => Number(new RegExp(`#define SAMPLE_${name} (\\d+)`).exec(new TextDecoder().decode(files[1].bytes))?.[1]);

describe.skipIf(COMPILER === null)(`the self-test of the sample as C99${COMPILER === null ? `: ${NO_COMPILER}` : ''}`, () => {
  const compiler = COMPILER ?? 'cc';

  it.each(names)('at %s agrees with the studio, with and without the vectors of this processor', (plan) => {
    for (const flags of [['-O2'], ['-O3', '-march=native']]) expect(runWith(written(plan), [selfTest(compiler, flags), ['./selftest']])).toEqual({ code: 0, output: '' });
  });

  it.each(names)('at %s ends with 1 where a constant is another one', (plan) => {
    const [main, ...others] = written(plan);
    const source = new TextDecoder().decode(main.bytes);
    const changed = source.replace(/(_(?:bias|offset)\[10\] = \{\n\s+)[^,]+/, '$17.5f');
    expect(changed).not.toBe(source);
    expect(runWith([{ path: main.path, bytes: new TextEncoder().encode(changed) }, ...others], [selfTest(compiler, ['-O1']), ['./selftest']]).code).toBe(1);
  });

  it('has a path for AVX-512 that compiles, and agrees where the processor has it', () => {
    const isX86 = process.arch === 'x64';
    const has = flagsOfCpu().includes('avx512_vpopcntdq');
    if (!has) console.warn('Compiled only: this processor has no AVX-512 VPOPCNTDQ.');
    const vectors = ['-O2', '-mavx512f', '-mavx512vl', '-mavx512vpopcntdq'];
    if (isX86) expect(runWith(written('xnor'), [selfTest(compiler, vectors), ...(has ? [['./selftest']] : [])])).toEqual({ code: 0, output: '' });
  });
});

describe.skipIf(COMPILER === null)('the path for AVX-512', () => {
  it.each([
    ['the sample', () => Promise.resolve(written('xnor'))],
    ['layers of whole words, of which it takes four pixels at a time', writtenOfWords],
  ])('agrees with the studio where its intrinsics are written out in C: %s', async (_network, write) => {
    const header = { path: 'immintrin.h', bytes: new Uint8Array(readFileSync(join('test', 'fixtures', 'avx512', 'immintrin.h'))) };
    const flags = ['-O1', '-I.', '-D__AVX512F__', '-D__AVX512VL__', '-D__AVX512VPOPCNTDQ__'];
    const [main, ...others] = await write();
    expect(runWith([main, ...others, header], [selfTest(COMPILER ?? 'cc', flags), ['./selftest']])).toEqual({ code: 0, output: '' });
    // The same with one bit of the counts lost, so that it is this path that ran.
    const broken = { ...header, bytes: new TextEncoder().encode(new TextDecoder().decode(header.bytes).replace('bit < 64', 'bit < 63')) };
    expect(runWith([main, ...others, broken], [selfTest(COMPILER ?? 'cc', flags), ['./selftest']]).code).toBe(1);
  });
});

const hasArm64 = hasProgram('aarch64-linux-gnu-gcc') && hasProgram('qemu-aarch64');
describe.skipIf(!hasArm64)(`on 64-bit Arm${hasArm64 ? '' : ': aarch64-linux-gnu-gcc or qemu-aarch64 is absent'}`, () => {
  it.each(names)('the self-test of the sample at %s agrees with the studio, by NEON', (plan) => {
    expect(runWith(written(plan), [selfTest('aarch64-linux-gnu-gcc', ['-O2', '-static']), ['qemu-aarch64', './selftest']])).toEqual({ code: 0, output: '' });
  });
});

const hasCortex = hasProgram('arm-none-eabi-gcc') && hasProgram('qemu-system-arm');
describe.skipIf(!hasCortex)(`on a Cortex-M4${hasCortex ? '' : ': gcc-arm-none-eabi or qemu-system-arm is absent'}`, () => {
  const board = ['start.c', 'mps2.ld'].map((name) => ({ path: name, bytes: new Uint8Array(readFileSync(join('test', 'fixtures', 'cortex-m4', name))) }));
  const build = ['arm-none-eabi-gcc', ...STRICT, ...CORTEX_M4, '-Os', '--specs=nosys.specs', '-nostartfiles', '-T', 'mps2.ld', 'sample.c', 'sample_selftest.c', 'start.c', '-o', 'selftest.elf'];
  const machine = ['qemu-system-arm', '-M', 'mps2-an386', '-nographic', '-semihosting-config', 'enable=on,target=native', '-kernel', 'selftest.elf'];

  it.each(names)('the self-test of the sample at %s agrees with the studio', (plan) => {
    expect(runWith([...written(plan), ...board], [build, machine]).code).toBe(0);
  });

  it('the self-test ends with 1 where a constant is another one', () => {
    const [main, ...others] = written('int8');
    const changed = new TextDecoder().decode(main.bytes).replace(/(_offset\[10\] = \{\n\s+)[^,]+/, '$17.5f');
    expect(runWith([{ path: main.path, bytes: new TextEncoder().encode(changed) }, ...others, ...board], [build, machine]).code).toBe(1);
  });

  it.each(names)('at %s takes the memory that the header says, and little flash beside its constants', (plan) => {
    const files = written(plan);
    const { output } = runWith(files, [['arm-none-eabi-gcc', ...STRICT, ...CORTEX_M4, '-Os', '-c', 'sample.c'], ['arm-none-eabi-size', '-A', 'sample.o']]);
    const size = (section: string): number => [...output.matchAll(new RegExp(`^\\${section}\\S*\\s+(\\d+)`, 'gm'))].reduce((sum, match) => sum + Number(match[1]), 0);
    expect(size('.bss') + size('.data')).toBe(macro(files, 'ARENA_BYTES'));
    const beside = size('.rodata') - macro(files, 'WEIGHT_BYTES');
    expect(beside).toBeGreaterThanOrEqual(0);
    expect(beside).toBeLessThan(2048);
    expect(size('.text')).toBeLessThan(4096);
  });
});
