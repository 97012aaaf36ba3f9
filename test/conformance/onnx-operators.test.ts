import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { CONVERTERS } from '../../core/import/onnx/operators/index.ts';
import { readNetwork } from '../../core/import/index.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { bake } from '../../core/runtime/bake.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { NO_CALIBRATION } from '../../core/runtime/watch.ts';
import { fuzzRounds } from '../fixtures/fuzz-rounds.ts';
import { batchOf, type NamedCase, type OperatorRow } from './onnx/case.ts';
import { ARITHMETIC, NEWEST } from './onnx/rows.ts';
import { STRUCTURE } from './onnx/rows-structure.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const SEED = 20_261;
/** As a share of the largest number of the case's output. */
const TOLERANCE = 1e-4;
const OPSETS = [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21] as const;
const ROWS: readonly (readonly [string, OperatorRow])[] = Object.entries({ ...ARITHMETIC, ...STRUCTURE }).flatMap(([op, rows]) => [rows].flat().map((row) => [op, row] as const));

function casesOf(opset: number, seed: number): readonly NamedCase[] {
  const random = createRandom(seed);
  return ROWS.filter(([, { opsets: [since, until] }]) => opset >= since && opset <= until).map(([op, { make }]) => {
    const made = make(random, opset);
    const settings = { attributes: made.nodes[0].attributes, inputs: made.inputs.map(({ shape }) => shape), constants: Object.fromEntries(Object.entries(made.initialisers ?? {}).map(([key, { dims, integers }]) => [key, integers ?? dims])) };
    return { ...made, name: `${op} of operator set ${opset}: ${JSON.stringify(settings)}` };
  });
}

/** What of the cases is not as ONNX Runtime has it. */
async function differences(cases: readonly NamedCase[], opset: number, seed: number): Promise<readonly string[]> {
  const { bytes, input, outputs } = batchOf(cases, opset, seed);
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const expected = await session.run({ all: new ort.Tensor('float32', input, [1, input.length]) });
  const { model } = await readNetwork([{ name: 'operators.onnx', bytes }]);
  const unknown = model.graph.nodes.flatMap((node) => (node.op === 'unknown' ? [node.attributes.sourceOp] : []));
  if (unknown.length > 0) throw new Error(`not run: ${unknown.join(', ')}`);
  const program = bake(model, {}, NO_CALIBRATION);
  const runtime = createRuntime(program, createEngine({ variant: 'wasm' }));
  runtime.run(input);
  await session.release();
  return outputs.flatMap(({ name, output }, i) => {
    const actual = runtime.read(program.network.outputs[i]);
    const wanted = expected[output].data as Float32Array;
    const scale = wanted.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-6);
    const difference = wanted.reduce((largest, value, at) => Math.max(largest, Math.abs(value - actual[at])), 0) / scale;
    return actual.length === wanted.length && difference <= TOLERANCE ? [] : [`${name}: ${actual.length} of ${wanted.length} numbers, difference ${difference}`];
  });
}

/** A batch that breaks is run case by case, so that the failure has the name of an operator. */
async function failures(cases: readonly NamedCase[], opset: number, seed: number): Promise<readonly string[]> {
  try {
    return await differences(cases, opset, seed);
  } catch (error) {
    if (cases.length === 1) return [`${cases[0].name}: ${error instanceof Error ? error.message : String(error)}`];
    const half = cases.length >> 1;
    return [...(await failures(cases.slice(0, half), opset, seed)), ...(await failures(cases.slice(half), opset, seed))];
  }
}

describe(`every operator of ONNX that is run answers like onnxruntime (seed ${SEED})`, () => {
  const rounds = fuzzRounds(3);
  it.each(OPSETS)('operator set %d', { timeout: 120_000 * rounds }, async (opset) => {
    const found: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const seed = SEED + 1000 * round + opset;
      const cases = casesOf(opset, seed);
      for (let at = 0; at < cases.length; at += 24) found.push(...(await failures(cases.slice(at, at + 24), opset, seed)));
    }
    expect(found).toEqual([]);
  });

  it('has all operators of the table that work on real numbers', () => {
    const known = new Set(ROWS.map(([op]) => op));
    // Those of codes are in test/golden/import-onnx-quantised.test.ts; Swish is newer than this ONNX Runtime.
    const onCodes = /(^|\.)(Q(Linear|Gemm)\w*|\w*Quant|\w*uantizeLinear|ConvInteger|MatMulInteger|Round)$/;
    expect(Object.keys(CONVERTERS).filter((op) => !known.has(op) && !onCodes.test(op))).toEqual(['Swish', 'com.microsoft.Gelu']);
  });

  it(`has at least 1,000 cases, up to operator set ${NEWEST}`, () => {
    const count = OPSETS.reduce((sum, opset) => sum + casesOf(opset, SEED).length, 0);
    expect(count * rounds).toBeGreaterThanOrEqual(1000);
  });
});
