import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../core/base/random.ts';
import { KERNELS } from '../../core/kernels/index.ts';
import type { LayerGeometry, LayerKernel, LayerParameters, SignPadding } from '../../core/kernels/kernel.ts';
import { createEngine } from '../../core/kernels/load.ts';
import {
  caseTitle, convolutionCases, denseCases, directSums, packedSigns, padSign, type DirectSums,
} from './kernels-cases.ts';
import { allocateGuarded } from './kernels-guard.ts';

const SEED = 20_240_611;
/** Of the sum of magnitudes: float32 sums of up to 2500 terms in any order stay well inside. */
const FLOAT_TOLERANCE = 1e-5;

interface Trial {
  readonly title: string;
  readonly geometry: LayerGeometry;
  readonly parameters: LayerParameters;
  /** Two inputs run one after the other through the same prepared layer: the second must not see the first. */
  readonly inputs: readonly { readonly bytes: ArrayBufferView; readonly expected: DirectSums }[];
}

function counts(g: LayerGeometry): { input: number; weights: number; output: number } {
  const taps = g.kernelHeight * g.kernelWidth;
  return {
    input: g.inputHeight * g.inputWidth * g.inputChannels,
    weights: taps * g.outputChannels * (g.op === 'depthwise-conv2d' ? 1 : g.inputChannels),
    output: g.outputHeight * g.outputWidth * g.outputChannels,
  };
}

function floatTrial(geometry: LayerGeometry, random: Random): Trial {
  const { input, weights } = counts(geometry);
  const kernel = Float32Array.from({ length: weights }, () => random.normal());
  const bias = Float32Array.from({ length: geometry.outputChannels }, () => random.normal());
  const inputs = [0, 1].map(() => {
    const bytes = Float32Array.from({ length: input }, () => random.normal());
    const { sums, magnitudes } = directSums(geometry, bytes, kernel, 0);
    const biasOf = (i: number) => bias[i % geometry.outputChannels];
    return {
      bytes,
      expected: { sums: sums.map((s, i) => s + biasOf(i)), magnitudes: magnitudes.map((m, i) => m + Math.abs(biasOf(i))) },
    };
  });
  return { title: caseTitle(geometry), geometry, parameters: { arithmetic: 'float32', kernel, bias }, inputs };
}

function integerTrial(geometry: LayerGeometry, zeroPoint: number, extreme: boolean, random: Random): Trial {
  const { input, weights } = counts(geometry);
  const codes = Int8Array.from({ length: weights }, () => (extreme ? random.pick([-127, 127]) : random.integer(-127, 128)));
  const inputs = [0, 1].map(() => {
    const bytes = Int8Array.from({ length: input }, () => (extreme ? random.pick([-128, 127]) : random.integer(-128, 128)));
    return { bytes, expected: directSums(geometry, Array.from(bytes, (q) => q - zeroPoint), codes, 0) };
  });
  const title = `${caseTitle(geometry)} zero point ${zeroPoint}${extreme ? ' extreme codes' : ''}`;
  return { title, geometry, parameters: { arithmetic: 'integer', codes, zeroPoint }, inputs };
}

function xnorTrial(geometry: LayerGeometry, padding: SignPadding, random: Random): Trial {
  const { input, weights } = counts(geometry);
  const codes = Int8Array.from({ length: weights }, () => random.pick([-1, 1]));
  const inputs = [0, 1].map(() => {
    const signs = Int8Array.from({ length: input }, () => random.pick([-1, 1]));
    const expected = directSums(geometry, signs, codes, padSign(padding));
    return { bytes: packedSigns(signs, geometry.inputChannels), expected };
  });
  return { title: `${caseTitle(geometry)} padded with ${padding}`, geometry, parameters: { arithmetic: 'xnor', codes, padding }, inputs };
}

function geometries(op: LayerGeometry['op'], random: Random): readonly LayerGeometry[] {
  return op === 'dense' ? denseCases(random) : convolutionCases(op, random);
}

const trialsByKind = new Map<string, readonly Trial[]>();

/** The same trials for every kernel of a kind: what reference and fast kernels answer is compared with one set of sums. */
function trialsOf(arithmetic: LayerKernel['arithmetic'], op: LayerGeometry['op']): readonly Trial[] {
  const kind = `${arithmetic} ${op}`;
  const trials = trialsByKind.get(kind) ?? drawTrials(arithmetic, op);
  trialsByKind.set(kind, trials);
  return trials;
}

function supportedTrials(kernel: LayerKernel, op: LayerGeometry['op']): readonly Trial[] {
  return trialsOf(kernel.arithmetic, op).filter((trial) => kernel.supports(trial.geometry));
}

function drawTrials(arithmetic: LayerKernel['arithmetic'], op: LayerGeometry['op']): readonly Trial[] {
  const random = createRandom(SEED);
  return geometries(op, random).map((geometry, i) => {
    if (arithmetic === 'float32') return floatTrial(geometry, random);
    if (arithmetic === 'xnor') return xnorTrial(geometry, (['zero', 'minus', 'plus'] as const)[i % 3], random);
    return integerTrial(geometry, [0, -128, 127, 5, -17][i % 5], i % 4 === 3, random);
  });
}

function kernelOf(id: string, variant: LayerKernel['variant']) {
  const engine = createEngine({ variant });
  const kernel = engine.kernels.find((candidate) => candidate.id === id);
  if (!kernel) throw new Error(`${id} is not in the ${engine.description} engine.`);
  return { kernel, memory: engine.memory, bind: engine.bind };
}

function runTrial(id: string, variant: LayerKernel['variant'], trial: Trial): Uint8Array<ArrayBuffer>[] {
  const { kernel, memory, bind } = kernelOf(id, variant);
  const input = memory.allocate(trial.inputs[0].bytes.byteLength);
  return trial.inputs.map(({ bytes }) => {
    const given = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const output = allocateGuarded(memory, counts(trial.geometry).output * 4);
    const job = { geometry: trial.geometry, parameters: trial.parameters, finish: { kind: 'sums' }, input, output: output.offset } as const;
    const work = kernel.prepare(job, memory).work.map(bind);
    const held = new Uint8Array(memory.buffer, input, given.length);
    held.set(given);
    for (const part of work) part();
    expect(held, 'the input').toEqual(given);
    return output.read();
  });
}

function expectSums(trial: Trial, outputs: readonly Uint8Array<ArrayBuffer>[]): void {
  outputs.forEach((output, run) => {
    const { sums, magnitudes } = trial.inputs[run].expected;
    if (trial.parameters.arithmetic !== 'float32') {
      expect(Array.from(new Int32Array(output.buffer))).toEqual(sums);
      return;
    }
    const got = new Float32Array(output.buffer);
    expect(got.length).toBe(sums.length);
    got.forEach((y, i) => {
      expect(Math.abs(y - sums[i]), `output ${i}`).toBeLessThanOrEqual(FLOAT_TOLERANCE * magnitudes[i]);
    });
  });
}

for (const row of KERNELS) {
  describe(`kernel ${row.id} (seed ${SEED})`, () => {
    const { kernel } = kernelOf(row.id, row.variant);
    const ops = (['conv2d', 'depthwise-conv2d', 'dense'] as const).filter((op) => {
      return supportedTrials(row, op).length > 0;
    });

    it('says the same of itself as its row', () => {
      expect(kernel).toMatchObject({ id: row.id, arithmetic: row.arithmetic, variant: row.variant });
      expect(ops.length).toBeGreaterThan(0);
    });

    for (const op of ops) {
      it(`computes the defined sums of ${op}`, { timeout: 30_000 }, () => {
        for (const trial of supportedTrials(row, op)) {
          try {
            expectSums(trial, runTrial(row.id, row.variant, trial));
          } catch (cause) {
            throw new Error(`${trial.title}: ${cause instanceof Error ? cause.message : cause}`, { cause });
          }
        }
      });
    }

    it('refuses weights that do not fit, with a sentence', () => {
      const [trial] = supportedTrials(row, ops[0]);
      const { memory } = kernelOf(row.id, row.variant);
      const wider = { ...trial.geometry, kernelHeight: trial.geometry.kernelHeight + 1 };
      const job = { geometry: wider, parameters: trial.parameters, finish: { kind: 'sums' }, input: 0, output: 0 } as const;
      expect(() => kernel.prepare(job, memory)).toThrow(/needs \d+ weights but has \d+/);
    });
  });
}
