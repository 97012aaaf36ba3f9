import { elementCount } from '../../graph/graph.ts';
import { pixelsOf } from '../../runtime/geometry.ts';
import { bufferBytes, planMemory } from '../../runtime/memory-plan.ts';
import type { Program } from '../../runtime/program.ts';
import type { ExportFile } from '../exporter.ts';
import { LAYER_PIECES } from './layer-pieces.ts';
import { layerStep, type StepPlace } from './layer-steps.ts';
import { floatLiteral } from './literals.ts';
import { commentText, fileStem, identifierOf } from './names.ts';
import { OPERATOR_PIECES } from './operator-pieces.ts';
import { operatorStep } from './operator-steps.ts';
import { piecesFor, type Piece } from './piece.ts';
import { selfTest } from './self-test.ts';
import { Unit } from './unit.ts';
import { XNOR_PIECES } from './xnor-pieces.ts';

export const PIECES: Readonly<Record<string, Piece>> = { ...LAYER_PIECES, ...XNOR_PIECES, ...OPERATOR_PIECES };

/** Where the arena begins for what steps use while they compute. */
const SCRATCH = 'arena.bytes + SCRATCH_OFFSET';

function conversion(unit: Unit, program: Program, index: number, place: StepPlace): void {
  const step = program.network.steps[index];
  const { name, inputs: [input], output } = place;
  const from = program.network.buffers[step.inputs[0]];
  const parameters = program.parameters[index];
  const count = elementCount(from.shape);
  if (step.kind === 'sign-pack') {
    const { height, width, channels } = pixelsOf(from.shape);
    const { thresholds } = parameters;
    const size = [thresholds.length, `(uint8_t *)${output}`, height * width, channels];
    if (from.format === 'int8') unit.call(unit.need('pack_signs_int8'), [`(const int8_t *)${input}`, unit.integers(`${name}_thresholds`, thresholds), ...size]);
    else unit.call(unit.need('pack_signs_float'), [`(const float *)${input}`, unit.floats(`${name}_thresholds`, thresholds), ...size]);
    return;
  }
  const [scale, zero] = parameters['grid'];
  if (step.kind === 'quantise') unit.call(unit.need('quantise'), [`(const float *)${input}`, `(int8_t *)${output}`, count, floatLiteral(Math.fround(1 / scale)), zero]);
  else unit.call(unit.need('dequantise'), [`(const int8_t *)${input}`, `(float *)${output}`, count, floatLiteral(scale), zero]);
}

export interface Written {
  readonly unit: Unit;
  readonly arenaBytes: number;
  readonly planBytes: number;
  readonly inputOffset: number;
  readonly outputOffset: number;
}

const upTo16 = (bytes: number): number => Math.ceil(bytes / 16) * 16;

/** Constants and calls of every step, its buffers placed in the arena; or only how large all that is. */
export function writeSteps(program: Program, { counts }: { readonly counts: boolean }): Written {
  const { network, parameters } = program;
  const { buffers, steps } = network;
  const plan = planMemory(network, 'results');
  const unit = new Unit({ counts });
  const at = (buffer: number): string => `(arena.bytes + ${plan.offsets[buffer]})`;
  steps.forEach((step, index) => {
    const output = buffers[step.output];
    const name = `step${index}`;
    const what = step.kind === 'op' ? step.op : step.kind === 'layer' ? `${step.geometry.op}, ${step.scheme}` : step.kind;
    const title = `/* Step ${index}, ${what}: ${commentText(step.node)}, ${commentText(output.shape.join('×'))} ${output.format} */`;
    const place: StepPlace = { name, inputs: step.inputs.map(at), output: at(step.output), outputFormat: output.format, scratch: `(${SCRATCH})` };
    const constantsBefore = unit.constants.length;
    unit.calls.push(`  ${title}`);
    if (step.kind === 'layer') layerStep(unit, step, parameters[index], place);
    else if (step.kind !== 'op') conversion(unit, program, index, place);
    else if (plan.isShared(step)) unit.calls.push('  /* The same bytes. */');
    else operatorStep(unit, step, parameters[index], place, { inputs: step.inputs.map((input) => buffers[input]), output });
    if (unit.constants.length > constantsBefore) unit.constants.splice(constantsBefore, 0, title);
    unit.calls.push(`  PROBE(${index}, ${place.output}, ${bufferBytes(output)});`);
  });
  const planBytes = upTo16(plan.bytes);
  return { unit, planBytes, arenaBytes: planBytes + upTo16(unit.scratchBytes), inputOffset: plan.offsets[network.inputs[0]], outputOffset: plan.offsets[network.outputs[0]] };
}

function headerText(program: Program, id: string, macro: string, written: Written): string {
  const { network } = program;
  const count = (buffer: number): number => elementCount(network.buffers[buffer].shape);
  const shape = (buffer: number): string => commentText(network.buffers[buffer].shape.join('×'));
  return `/*
 * ${commentText(network.name)}, written by Bitwright.
 *
 * C99 without allocation. Compile with -ffp-contract=off and without -ffast-math: every float step is rounded to float32, which is
 * how integer layers give the same bits everywhere. One-bit layers use AVX2, AVX-512 (VPOPCNTDQ) or NEON where the compiler may
 * (for example -march=native), and give the same numbers without. ${macro}_run keeps its values in one static arena, so that only one
 * thread may be in it.
 */
#ifndef ${macro}_H
#define ${macro}_H

/* Numbers that come in, ${shape(network.inputs[0])}, channels innermost, and go out, ${shape(network.outputs[0])}. */
#define ${macro}_INPUT_COUNT ${count(network.inputs[0])}
#define ${macro}_OUTPUT_COUNT ${count(network.outputs[0])}
/* Memory that a run writes, and constants that it reads, both static. */
#define ${macro}_ARENA_BYTES ${written.arenaBytes}
#define ${macro}_WEIGHT_BYTES ${written.unit.weightBytes}
/* Steps of a run. */
#define ${macro}_STEP_COUNT ${network.steps.length}

#ifdef __cplusplus
extern "C" {
#endif

/* One sample as the network was trained on it: preprocessing is not part of it. */
void ${id}_run(const float *input, float *output);

/*
 * Where ${macro}_INPUT_COUNT numbers may be written before a run, which is then given this address, copies nothing and needs no other
 * memory for them: ${id}_run(${id}_input(), output). The run writes over them, so that the next one needs them again.
 */
float *${id}_input(void);

#ifdef ${macro}_PROBE
/* Yours to define: called behind every step with what it stored; may be written to. */
void ${id}_probe(int step, void *stored, unsigned long bytes);
#endif

#ifdef __cplusplus
}
#endif

#endif
`;
}

const VECTOR_HEADERS = `
#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif
`;

function sourceText(program: Program, id: string, macro: string, stem: string, { unit, planBytes, inputOffset, outputOffset }: Written): string {
  const pieces = piecesFor(PIECES, unit.pieces).map((name) => PIECES[name].text.trim());
  const isVector = ['xnor_conv', 'store_signs', 'pack_signs_float'].some((piece) => unit.pieces.has(piece));
  const scratch = unit.scratchBytes > 0 ? `\n/* Where steps work, behind what they store. */\n#define SCRATCH_OFFSET ${planBytes}\n` : '';
  const tables = unit.fills.length === 0 ? '' : `#ifdef XNOR_TABLES
  static int filled;
  if (!filled) {
    fill_counts();
    ${unit.fills.join('\n    ')}
    filled = 1;
  }
#endif
`;
  return `/* ${commentText(program.network.name)}, written by Bitwright; see ${stem}.h. */
#include "${stem}.h"

#include <stdint.h>
#include <string.h>
${isVector ? VECTOR_HEADERS : ''}
#ifdef __FAST_MATH__
#error "Compile without -ffast-math: rounding is part of the network."
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#ifdef ${macro}_PROBE
#define PROBE(step, stored, bytes) ${id}_probe(step, stored, bytes)
#else
#define PROBE(step, stored, bytes) ((void)0)
#endif

${unit.pairNibbles > 0 ? `#define PAIR_NIBBLES ${unit.pairNibbles}\n` : ''}${unit.pieces.has('xnor_conv') ? `#define LONGEST_ROW ${unit.longestSignRow}\n\n` : ''}${pieces.join('\n\n')}

${unit.constants.join('\n\n')}

/* Every stored value at its place; what is no longer read makes room. */
static union {
  float numbers[${macro}_ARENA_BYTES / 4];
  uint8_t bytes[${macro}_ARENA_BYTES];
} arena;
${scratch}
float *${id}_input(void)
{
  return arena.numbers + ${inputOffset / 4};
}

void ${id}_run(const float *input, float *output)
{
${tables}  if (input != ${id}_input()) memcpy(${id}_input(), input, ${macro}_INPUT_COUNT * sizeof(float));
${unit.calls.join('\n')}
  memcpy(output, arena.bytes + ${outputOffset}, ${macro}_OUTPUT_COUNT * sizeof(float));
}
`;
}

/** The network as C99: source, header, and a program that tests both with numbers from the studio. */
export function writeC99(program: Program, name: string): readonly ExportFile[] {
  const stem = fileStem(name);
  const id = identifierOf(name);
  const macro = id.toUpperCase();
  const written = writeSteps(program, { counts: false });
  const encoder = new TextEncoder();
  const file = (path: string, text: string): ExportFile => ({ path, bytes: encoder.encode(text) });
  return [
    file(`${stem}.c`, sourceText(program, id, macro, stem, written)),
    file(`${stem}.h`, headerText(program, id, macro, written)),
    file(`${stem}_selftest.c`, selfTest(program, id, macro, stem)),
  ];
}
