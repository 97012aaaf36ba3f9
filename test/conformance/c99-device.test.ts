import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { uniformPlan } from '../../core/analysis/plans.ts';
import { createRandom } from '../../core/base/random.ts';
import { PIECES_HASH } from '../../core/export/c99/code-bytes.ts';
import { deviceUse } from '../../core/export/c99/device.ts';
import { writeC99 } from '../../core/export/c99/write.ts';
import { elementCount, layersOf, type Model } from '../../core/graph/graph.ts';
import { readModelArchive } from '../../core/project/archive.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import type { Program } from '../../core/runtime/program.ts';
import { watchFloat } from '../../core/runtime/watch.ts';
import { SCHEME_IDS } from '../../core/schemes/index.ts';
import type { Plan } from '../../core/schemes/scheme.ts';
import { piecesHash } from '../bench/suite/c99-code.ts';
import { hasProgram, runWith } from '../fixtures/c-compiler.ts';
import { NetworkBuilder } from '../fixtures/networks.ts';
import { randomNetwork, randomPlanOf } from '../fixtures/random-networks.ts';

const BUILD = ['arm-none-eabi-gcc', '-std=c99', '-Os', '-Wall', '-Wextra', '-Werror', '-ffp-contract=off', '-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=hard', '-mfpu=fpv4-sp-d16', '--specs=nosys.specs', '-nostartfiles', '-T', 'mps2.ld'];
const WITHIN = 0.02;
const WITHIN_OF_CODE = 0.1;
const RANDOM = 5;

/** A program that takes memcpy and memset of the C library in any case, and gives the network its input where it lies. */
const MAIN = `#include "net.h"
#include <string.h>
static float output[NET_OUTPUT_COUNT];
int main(void)
{
  volatile size_t bytes = sizeof output;
  memset(net_input(), 0, bytes);
  net_run(net_input(), output);
  memcpy(net_input(), output, bytes);
  return (int)output[0];
}
`;
const file = (path: string, text: string) => ({ path, bytes: new TextEncoder().encode(text) });

/** LeNet with 32 and 64 filters; the ReLUs and batch norms that its one-bit form needs. */
function lenet(): Model {
  const net = new NetworkBuilder(6, [1, 28, 28, 1]);
  const first = net.maxPool('pool1', net.relu('relu1', net.batchNorm('norm1', net.conv('conv1', 'input', 32, { size: 5 }))));
  const second = net.maxPool('pool2', net.relu('relu2', net.batchNorm('norm2', net.conv('conv2', first, 64, { size: 5 }))));
  net.dense('dense2', net.relu('relu3', net.batchNorm('norm3', net.dense('dense1', net.flatten('flat', second), 128))), 10);
  return net.build('lenet');
}

async function program(model: Model, plan: Plan): Promise<Program> {
  const random = createRandom(5);
  const samples = Array.from({ length: 16 }, () => Float32Array.from({ length: elementCount(model.graph.inputs[0].shape) }, () => random.normal()));
  return deploy({ model, plan, calibration: await calibrate(model, watchFloat(model), (i) => samples[i], 16, { observer: 'mse' }) });
}

/** Flash and RAM of an image with the network less those of the same image without it. */
function linked(one: Program): { readonly flash: number; readonly ram: number } {
  const board = ['start.c', 'mps2.ld'].map((name) => ({ path: name, bytes: new Uint8Array(readFileSync(join('test', 'fixtures', 'cortex-m4', name))) }));
  const files = [...writeC99(one, 'net'), ...board, file('main.c', MAIN)];
  const absent = ['-Wl,--defsym=net_run=1,--defsym=net_input=1'];
  const { output } = runWith(files, [
    [...BUILD, 'start.c', 'main.c', 'net.c', '-o', 'with.elf'],
    [...BUILD, ...absent, 'start.c', 'main.c', '-o', 'without.elf'],
    ['arm-none-eabi-size', 'with.elf', 'without.elf'],
  ]);
  const [[text, data, bss], [text0, data0, bss0]] = [...output.matchAll(/^\s*(\d+)\s+(\d+)\s+(\d+)\s/gm)].map((match) => match.slice(1).map(Number));
  return { flash: text + data - text0 - data0, ram: data + bss - data0 - bss0 };
}

const sample = (): Model => readModelArchive(new Uint8Array(readFileSync(join('core', 'data', 'sample', 'digits-cnn.bitmodel'))), 'sample').model;
const mixed = ({ graph }: Model): Plan => Object.fromEntries(layersOf(graph).map(({ id }, i) => [id, { scheme: (['int8', 'xnor', 'ternary', 'int4'] as const)[i % 4] }]));
const PLANS: Readonly<Record<string, (model: Model) => Plan>> = { ...Object.fromEntries(SCHEME_IDS.map((id) => [id, ({ graph }: Model) => uniformPlan(graph, id)])), mixed };
const hasCompiler = hasProgram('arm-none-eabi-gcc');

describe.skipIf(!hasCompiler)(`what the C99 target takes of a Cortex-M4${hasCompiler ? '' : ': arm-none-eabi-gcc is absent'}`, () => {
  const cases = [...Object.keys(PLANS).map((plan) => ['the sample', plan, sample] as const), ...['float32', 'int8', 'xnor', 'mixed'].map((plan) => ['LeNet', plan, lenet] as const)];

  it.each(cases)('of %s at %s is what the linker reports: RAM to the byte, flash within 2 %', async (_network, plan, model) => {
    const one = await program(model(), PLANS[plan](model()));
    const { codeBytes, constantBytes, ramBytes } = deviceUse(one);
    const { flash, ram } = linked(one);
    expect(ramBytes).toBe(ram);
    expect(Math.abs((codeBytes + constantBytes) / flash - 1), `flash ${codeBytes} + ${constantBytes}, linked ${flash}`).toBeLessThan(WITHIN);
  });

  it.each(Array.from({ length: RANDOM }, (_, i) => i + 1))('of random network %i, of which most is code, is near', async (seed) => {
    const model = randomNetwork(seed);
    const one = await program(model, randomPlanOf(model, seed));
    const { codeBytes, constantBytes, ramBytes } = deviceUse(one);
    const { flash, ram } = linked(one);
    expect(ramBytes).toBe(ram);
    expect(Math.abs((codeBytes + constantBytes) / flash - 1), `flash ${codeBytes} + ${constantBytes}, linked ${flash}`).toBeLessThan(WITHIN_OF_CODE);
  });
});

it('the table of code was measured with the pieces of C as they are now', () => {
  expect(PIECES_HASH, 'remake it: npm run make:c99-code').toBe(piecesHash());
});
