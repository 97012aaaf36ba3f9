import { describe, expect, it, test } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { EXPORTERS, exporterOf } from '../../core/export/index.ts';
import { readPacked } from '../../core/export/packed/read.ts';
import { writePacked } from '../../core/export/packed/write.ts';
import { TARGETS, type ExporterId } from '../../core/export/targets.ts';
import { elementCount, layersOf, type Model, type OpId } from '../../core/graph/graph.ts';
import { parse, print } from '../../core/graph/print.ts';
import { verifyModel } from '../../core/graph/verify.ts';
import { createBuilder, type ModelBuilder } from '../../core/import/builder.ts';
import { exportProgram } from '../../core/jobs/export-network.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { checkProgram } from '../../core/runtime/check-program.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import type { Program } from '../../core/runtime/program.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { watchFloat } from '../../core/runtime/watch.ts';
import { fullMachine } from '../fixtures/proof-machine.ts';

const context = { signal: new AbortController().signal, report: () => {} };
const POINT = { strideY: 1, strideX: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0, dilationY: 1, dilationX: 1 } as const;

/** The operator behind an int8 layer, and its result into another. */
const OPERATORS: Readonly<Partial<Record<OpId, (builder: ModelBuilder, from: string) => string>>> = {
  multiply: (builder, from) => builder.add('multiply', { name: 'odd', inputs: [from, builder.add('sigmoid', { name: 'gate', inputs: [from], attributes: {} })], attributes: {} }),
  exponential: (builder, from) => builder.add('exponential', { name: 'odd', inputs: [builder.add('clip', { name: 'low', inputs: [from], attributes: { minimum: -4, maximum: 1 } })], attributes: {} }),
  erf: (builder, from) => builder.add('erf', { name: 'odd', inputs: [from], attributes: {} }),
  power: (builder, from) => builder.add('power', { name: 'odd', inputs: [builder.add('relu', { name: 'above', inputs: [from], attributes: {} })], attributes: { exponent: 0.5 } }),
  expand: (builder, from) => {
    const pooled = builder.add('global-average-pool', { name: 'pool', inputs: [from], attributes: {} });
    const image = builder.add('reshape', { name: 'image', inputs: [pooled], attributes: { shape: [1, 1, 1, 4] } });
    return builder.add('expand', { name: 'odd', inputs: [image], attributes: { shape: [1, 5, 6, 4] } });
  },
  'matrix-product': (builder, from) => {
    const turned = builder.add('transpose', { name: 'turned', inputs: [from], attributes: { permutation: [0, 1, 3, 2] } });
    return builder.add('matrix-product', { name: 'odd', inputs: [from, turned], attributes: {} });
  },
};

function networkWith(op: OpId): Model {
  const random = createRandom(5);
  const builder = createBuilder('odd');
  const layer = (name: string, from: string, outputs: number): string => {
    const inputs = builder.shapeOf(from)[3];
    const kernel = { shape: [1, 1, inputs, outputs], values: Float32Array.from({ length: inputs * outputs }, () => random.normal(0, 0.5)) };
    return builder.add('conv2d', { name, inputs: [from], attributes: POINT, weights: { kernel } });
  };
  const first = layer('first', builder.input('x', [1, 5, 6, 3]), 4);
  const last = layer('last', OPERATORS[op]!(builder, first), 3);
  return builder.build('odd', [last]);
}

const sampleOf = (index: number): Float32Array => {
  const random = createRandom(index);
  return Float32Array.from({ length: 90 }, () => random.normal());
};

async function deployed(op: OpId): Promise<{ readonly model: Model; readonly program: Program }> {
  const model = networkWith(op);
  const plan = Object.fromEntries(layersOf(model.graph).map(({ id }) => [id, { scheme: 'int8', options: { clip: 'maximum' } } as const]));
  const calibration = await calibrate(model, watchFloat(model), sampleOf, 16, { observer: 'mse' });
  return { model, program: deploy({ model, plan, calibration }) };
}

const targets = (Object.keys(TARGETS) as ExporterId[]).filter((target) => typeof EXPORTERS[target] !== 'function');

describe.each(Object.keys(OPERATORS) as OpId[])('an int8 network with the operator %s', (op) => {
  it('is consistent, and the same when it is printed and parsed, packed and read', async () => {
    const { model, program } = await deployed(op);
    verifyModel(model);
    expect(parse(print(model.graph))).toEqual(model.graph);
    checkProgram(program.network, 'odd');
    const again = readPacked(writePacked(program), 'odd.bitw');
    const answers = [program, again].flatMap((each) => (['wasm', 'reference'] as const).map((variant) => Float32Array.from(createRuntime(each, createEngine({ variant, ...(variant === 'wasm' ? { build: 'simd' as const } : {}) })).run(sampleOf(99)))));
    expect(answers[0].every(Number.isFinite)).toBe(true);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(elementCount(model.graph.nodes.at(-1)?.shape ?? [])).toBe(answers[0].length);
  });

  it.each(targets)('is written for %s and proved, or refused with a sentence', async (target) => {
    const { program } = await deployed(op);
    const refused = (await exporterOf(target, null).supports(program)).filter(({ severity }) => severity === 'refused');
    for (const { layer, message } of refused) {
      expect(layer).toBe('odd');
      expect(message).toMatch(/odd .*cannot be written|has no .* operator/);
    }
    if (refused.length > 0) return;
    const { proof } = await exportProgram(program, { target, name: 'case', data: null, preprocess: 'raw', proofSamples: 2, samples: (i) => sampleOf(500 + i) }, context, fullMachine(['-O0']));
    expect(proof.rows.filter(({ weightsEqual, differences }) => weightsEqual === false || differences > 0)).toEqual([]);
    expect(proof.answersEqual + proof.ties).toBe(2);
  });
});

test('every operator that only the packed targets have is among these', () => {
  expect(Object.keys(OPERATORS).sort()).toEqual(['erf', 'expand', 'exponential', 'matrix-product', 'multiply', 'power']);
});
