import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../core/base/random.ts';
import { c99 } from '../../core/export/c99/index.ts';
import { openC99 } from '../../core/export/c99/proof.ts';
import { writeC99 } from '../../core/export/c99/write.ts';
import { elementCount } from '../../core/graph/graph.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { checkProgram } from '../../core/runtime/check-program.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { lower } from '../../core/runtime/lower.ts';
import type { LoweredNetwork, Program, Step, StepParameters } from '../../core/runtime/program.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { NO_CALIBRATION, watchFloat } from '../../core/runtime/watch.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { COMPILER, machineWith } from '../fixtures/c-compiler.ts';
import { fuzzRounds } from '../fixtures/fuzz-rounds.ts';
import { plainNetwork } from '../fixtures/networks.ts';
import { randomNetwork, randomPlanOf } from '../fixtures/random-networks.ts';

const SEEDS = fuzzRounds(4);
const CHANGES = 40;
const SANITISED = ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

type Place = readonly (string | number)[];

/** Places of a network that hold a number. */
function numbersIn(value: unknown, path: Place = []): Place[] {
  if (typeof value === 'number') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => numbersIn(inner, [...path, key]));
}

/** Replaces what stands at a place. */
function put(network: LoweredNetwork, place: Place, change: (before: unknown) => unknown): void {
  let holder = network as unknown as Record<string | number, unknown>;
  for (const key of place.slice(0, -1)) holder = holder[key] as Record<string | number, unknown>;
  const last = place[place.length - 1];
  holder[last] = change(holder[last]);
}

function changed(network: LoweredNetwork, random: Random): LoweredNetwork {
  const copy = structuredClone(network);
  const places = numbersIn(copy);
  const other = (before: number): number => random.pick([before + 1, before - 1, 0, 2 * before, -before, 3, 1e9, Number.NaN]);
  for (let k = random.integer(1, 3); k > 0; k--) put(copy, random.pick(places), (before) => other(before as number));
  return copy;
}

/** Numbers as they were, as many as the network now says. */
function withCounts({ parameters }: Program, network: LoweredNetwork): Program {
  const resized = network.steps.map((step, index): StepParameters =>
    Object.fromEntries(
      step.parameters.map(({ name, count }) => {
        const values = parameters[index][name];
        const sized = new (values.constructor as Float32ArrayConstructor)(Math.max(0, Math.min(count || 0, 1e5)));
        sized.set(values.subarray(0, sized.length));
        return [name, sized] as const;
      }),
    ),
  );
  return { network, parameters: resized };
}

async function deployed(seed: number): Promise<Program> {
  const model = randomNetwork(seed);
  const random = createRandom(seed);
  const samples = Array.from({ length: 8 }, () => Float32Array.from({ length: elementCount(model.graph.inputs[0].shape) }, () => random.normal()));
  return deploy({ model, plan: randomPlanOf(model, seed), calibration: await calibrate(model, watchFloat(model), (i) => samples[i], 8, { observer: 'mse' }) });
}

describe('the check of networks of unknown origin', () => {
  it('lets every network pass that the studio makes', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const model = randomNetwork(seed);
      expect(() => checkProgram(lower(model.graph, randomPlanOf(model, seed)).network, 'x.bitw')).not.toThrow();
    }
  });

  const plain = deploy({ model: plainNetwork(1), plan: {}, calibration: NO_CALIBRATION }).network;
  const stepOf = (is: (step: Step) => boolean): number => plain.steps.findIndex(is);
  const layer = stepOf(({ kind }) => kind === 'layer');
  const pool = stepOf((step) => step.kind === 'op' && step.op === 'max-pool');
  const bias = plain.steps[layer].parameters.findIndex(({ name }) => name === 'bias');
  it.each<readonly [what: string, place: Place, value: unknown]>([
    ['reads what is not written yet', ['steps', 0, 'inputs', 0], plain.outputs[0]],
    ['writes over another value', ['steps', 1, 'output'], plain.steps[0].output],
    ['has a window that makes another shape', ['steps', layer, 'geometry', 'strideY'], 2],
    ['reads a value of another shape', ['steps', layer, 'geometry', 'inputWidth'], 99],
    ['has fewer numbers than it reads', ['steps', layer, 'parameters', bias, 'count'], 1],
    ['mixes formats', ['buffers', plain.steps[pool].inputs[0], 'format'], 'int8'],
    ['has an operator without its attributes', ['steps', pool, 'attributes'], {}],
    ['pools more than there is', ['steps', pool, 'attributes', 'sizeY'], 100],
    ['has lists where numbers belong', ['steps', pool, 'attributes', 'sizeX'], [2]],
  ])('refuses a network that %s', (_what, place, value) => {
    expect(() => checkProgram(plain, 'x.bitw')).not.toThrow();
    const network = structuredClone(plain);
    put(network, place, () => value);
    expect(() => checkProgram(network, 'x.bitw')).toThrow(/^This network is damaged: /);
  });

  it.skipIf(COMPILER === null)('what passes it stays within its memory as a compiled program', async () => {
    let [passed, refused] = [0, 0];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const program = await deployed(seed);
      const random = createRandom(seed);
      for (let k = 0; k < CHANGES; k++) {
        const other = changed(program.network, random);
        try {
          checkProgram(other, 'x.bitw');
        } catch {
          refused++;
          continue;
        }
        if (JSON.stringify(other) === JSON.stringify(program.network)) continue;
        const forged = withCounts(program, other);
        if ((await c99.supports(forged)).length > 0) continue;
        const opened = await openC99(writeC99(forged, 'case'), forged, machineWith(SANITISED));
        const shown = createRuntime(forged, createEngine({ variant: 'reference' }));
        const sample = new Float32Array(elementCount(other.buffers[other.inputs[0]].shape)).fill(0.5);
        shown.run(sample);
        await opened.run(sample, (buffer) => shown.read(buffer));
        opened.close();
        passed++;
      }
    }
    expect(passed).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(passed);
  }, 120_000);
});
