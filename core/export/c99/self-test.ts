import { elementCount } from '../../graph/graph.ts';
import { createEngine } from '../../kernels/load.ts';
import { isFloatLayer, type Program } from '../../runtime/program.ts';
import { createRuntime } from '../../runtime/run.ts';
import { FLOAT_TOLERANCE } from './limits.ts';
import { doubleLiteral, floatLiteral, listLines } from './literals.ts';
import { commentText } from './names.ts';

const VECTORS = 4;
/** Of codes or signs behind a float layer: a sum that differs in its last bit may round to the next code. */
const MIXED_TOLERANCE = 0.05;

/** Of the answers, as a share of the largest. */
function toleranceOf({ network }: Program): number {
  const floating = network.steps.findIndex((step) => step.kind === 'layer' && isFloatLayer(step));
  if (floating < 0) return 0;
  return network.steps.slice(floating).some((step) => step.kind === 'quantise' || step.kind === 'sign-pack') ? MIXED_TOLERANCE : FLOAT_TOLERANCE;
}

/** Numbers that the test's inputs lie between: what the input's grid holds, where it has one. */
function rangeOf({ network, parameters }: Program): readonly [number, number] {
  const index = network.steps.findIndex((step) => step.kind === 'quantise' && step.inputs[0] === network.inputs[0]);
  if (index < 0) return [-1, 1];
  const [scale, zero] = parameters[index]['grid'];
  return [Math.fround((-128 - zero) * scale), Math.fround((127 - zero) * scale)];
}

/** Numerical Recipes' generator, the high 24 bits; the C program draws the same numbers. */
function drawInputs(count: number, low: number, span: number): readonly Float32Array[] {
  let state = 1;
  const draw = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(Math.fround(Math.fround((state >>> 8) / 16777216) * span) + low);
  };
  return Array.from({ length: VECTORS }, () => Float32Array.from({ length: count }, draw));
}

/** A program that runs the network on drawn inputs and compares its answers with the studio's. */
export function selfTest(program: Program, id: string, macro: string, stem: string): string {
  const { network } = program;
  const [low, high] = rangeOf(program);
  const span = Math.fround(high - low);
  const runtime = createRuntime(program, createEngine({ variant: 'wasm' }), { keep: 'outputs' });
  const inputs = drawInputs(elementCount(network.buffers[network.inputs[0]].shape), low, span);
  const answers = inputs.flatMap((input) => Array.from(runtime.run(input)));
  const tolerance = toleranceOf(program);
  const allowed = tolerance === 0 ? 'Integer arithmetic: the answers must be the same to the bit.' : `Float layers sum in an order of their own: a share of ${tolerance} of the largest answer may be off.`;
  return `/*
 * Runs ${commentText(network.name)} on ${VECTORS} drawn inputs and compares its answers with those of the studio. ${allowed}
 * Ends with 0 where they agree, else with 1. Compile together with ${stem}.c.
 */
#include "${stem}.h"

#include <stdint.h>

static const float expected[${answers.length}] = {
${listLines(answers.map(floatLiteral))}
};

static float output[${macro}_OUTPUT_COUNT];

int main(void)
{
  float *input = ${id}_input();
  uint32_t state = 1;
  for (int32_t vector = 0; vector < ${VECTORS}; vector++) {
    const float *answers = expected + vector * ${macro}_OUTPUT_COUNT;
    double largest = 0;
    for (int32_t i = 0; i < ${macro}_INPUT_COUNT; i++) {
      state = state * 1664525u + 1013904223u;
      const float drawn = (float)(state >> 8) / 16777216.0f;
      const float spread = drawn * ${floatLiteral(span)};
      input[i] = spread + ${floatLiteral(low)};
    }
    ${id}_run(input, output);
    for (int32_t i = 0; i < ${macro}_OUTPUT_COUNT; i++) {
      const double size = answers[i] < 0 ? -(double)answers[i] : (double)answers[i];
      if (size > largest) largest = size;
    }
    for (int32_t i = 0; i < ${macro}_OUTPUT_COUNT; i++) {
      const double away = (double)output[i] - (double)answers[i];
      if (!(away <= largest * ${doubleLiteral(tolerance)} && away >= -largest * ${doubleLiteral(tolerance)})) return 1;
    }
  }
  return 0;
}
`;
}
