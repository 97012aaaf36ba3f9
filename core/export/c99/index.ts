import { elementCount, type OpId } from '../../graph/graph.ts';
import { isFloatLayer, type Program, type Step } from '../../runtime/program.ts';
import type { Exporter, Finding, ProofMachine } from '../exporter.ts';
import { TARGETS } from '../targets.ts';
import { FLOAT_TOLERANCE, MOST_AXES } from './limits.ts';

/** Operators that there is no C for. */
const NOT_WRITTEN: ReadonlySet<OpId> = new Set<OpId>(['multiply', 'matrix-product', 'exponential', 'erf', 'power', 'expand']);

function supports({ network }: Program): readonly Finding[] {
  const { buffers, steps, inputs, outputs } = network;
  const refused = (layer: string | null, message: string): Finding => ({ layer, severity: 'refused', message });
  const count = (buffer: number): number => elementCount(buffers[buffer].shape);
  return [
    ...(inputs.length === 1 && outputs.length === 1 ? [] : [refused(null, `A C network has one input and one output; this one has ${inputs.length} and ${outputs.length}.`)]),
    ...steps.flatMap((step) => {
      if (step.kind !== 'op') return [];
      if (NOT_WRITTEN.has(step.op)) return [refused(step.node, `The C target has no ${step.op} operator, which "${step.node}" is.`)];
      if (['transpose', 'slice', 'pad'].includes(step.op) && buffers[step.output].shape.length > MOST_AXES) return [refused(step.node, `The C target copies at most ${MOST_AXES} axes.`)];
      const uneven = step.op === 'add' && buffers[step.output].format === 'int8' && step.inputs.some((input) => count(input) !== count(step.output));
      return uneven ? [refused(step.node, 'The C target adds codes of the same shape only.')] : [];
    }),
  ];
}

function missing({ compileC }: ProofMachine): string | null {
  return compileC ? null : 'C files are proved by compiling them, and there is no C compiler here (cc, gcc or clang on the search path).';
}

/** Float layers sum in another order; everything else is the same to the bit. */
function tolerance(step: Step): number {
  return step.kind === 'layer' && isFloatLayer(step) ? FLOAT_TOLERANCE : 0;
}

export const c99: Exporter = {
  ...TARGETS.c99,
  supports,
  write: async (program, name) => (await import('./write.ts')).writeC99(program, name),
  device: async (program) => (await import('./device.ts')).deviceUse(program),
  reader: {
    kind: 'runtime',
    label: 'the C compiler of this machine; numbers of float layers within 0.001 % of their largest',
    missing,
    open: async (files, program, machine) => (await import('./proof.ts')).openC99(files, program, machine),
    tolerance,
  },
};
