import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { EXPORTERS, exporterOf } from '../../core/export/index.ts';
import { TARGETS, type ExporterId } from '../../core/export/targets.ts';
import { elementCount, type Model } from '../../core/graph/graph.ts';
import { exportProgram } from '../../core/jobs/export-network.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import type { Program } from '../../core/runtime/program.ts';
import { watchFloat } from '../../core/runtime/watch.ts';
import { SCHEME_IDS } from '../../core/schemes/index.ts';
import type { SchemeId } from '../../core/schemes/scheme.ts';
import { fullMachine } from '../fixtures/proof-machine.ts';
import { randomNetwork, randomPlanOf } from '../fixtures/random-networks.ts';

const NETWORKS = 52;
const SAMPLES = 4;
const context = { signal: new AbortController().signal, report: () => {} };
/** Anything; anything but real numbers; and mostly signs, which meet each other and borders only there. */
const AMONG: readonly (readonly SchemeId[])[] = [SCHEME_IDS, SCHEME_IDS.filter((id) => id !== 'float32'), ['xnor', 'xnor', 'xnor', 'int8']];
/** Optimised code of this processor, or what the compiler makes in a hurry: what the numbers are does not depend on it. */
const flagsFor = (seed: number): readonly string[] => ['-Werror', ...(seed % 2 === 0 ? ['-O0'] : ['-O1', ...(process.arch === 'x64' ? ['-march=native'] : [])])];

function sampleOf({ graph }: Model, index: number): Float32Array {
  const random = createRandom(1000 + index);
  return Float32Array.from({ length: elementCount(graph.inputs[0].shape) }, () => random.normal());
}

interface Case {
  readonly model: Model;
  readonly program: Program;
}

const cases = new Map<number, Promise<Case>>();

/** Deployed once for all targets. */
function caseOf(seed: number): Promise<Case> {
  const known = cases.get(seed) ?? makeCase(seed);
  cases.set(seed, known);
  return known;
}

async function makeCase(seed: number): Promise<Case> {
  const model = randomNetwork(seed);
  const calibration = await calibrate(model, watchFloat(model), (i) => sampleOf(model, i), 16, { observer: 'mse' });
  return { model, program: deploy({ model, plan: randomPlanOf(model, seed, AMONG[seed % AMONG.length]), calibration }) };
}

/** Those that tell more than the program have tests of their own. */
const targets = (Object.keys(TARGETS) as ExporterId[]).filter((target) => typeof EXPORTERS[target] !== 'function');
const missing = (target: ExporterId): string | null => {
  const { reader } = exporterOf(target, null);
  return reader.kind === 'runtime' ? reader.missing(fullMachine()) : null;
};

describe.each(targets)('random networks at random plans, written for %s', (target) => {
  const reason = missing(target);
  const seeds = Array.from({ length: NETWORKS }, (_, i) => i + 1);
  let written = 0;

  it.skipIf(reason !== null).each(seeds)(`are read back as the studio computes them${reason === null ? '' : ` (${reason})`}: network %i`, async (seed) => {
    const { model, program } = await caseOf(seed);
    const findings = await exporterOf(target, null).supports(program);
    if (findings.some(({ severity }) => severity === 'refused')) return;
    written++;
    const { proof } = await exportProgram(program, { target, name: 'case', data: null, preprocess: 'raw', proofSamples: SAMPLES, samples: (i) => sampleOf(model, 500 + i) }, context, fullMachine(flagsFor(seed)));
    expect(proof.rows.filter(({ weightsEqual, differences }) => weightsEqual === false || differences > 0)).toEqual([]);
    expect(proof.answersEqual + proof.ties).toBe(SAMPLES);
  });

  it.skipIf(reason !== null)('are refused rarely', () => expect(written).toBeGreaterThan(0.9 * NETWORKS));
});
