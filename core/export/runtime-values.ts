import { signBytes } from '../kernels/kernel.ts';
import { isFloatLayer, type OpStep, type Program, type Step } from '../runtime/program.ts';

/** Operators whose real results another runtime rounds as the studio does: each is one operation of IEEE 754 a number, or none. */
export const CORRECTLY_ROUNDED: ReadonlySet<OpStep['op']> = new Set(['add', 'batch-norm', 'relu', 'clip', 'rprelu', 'max-pool', 'reshape', 'transpose', 'pad', 'slice', 'concat', 'identity']);

/** Steps that another runtime of real numbers may round otherwise, by their own arithmetic and because of a step before; `also` names more. */
export function inexactSteps({ network }: Program, also: (step: Step, index: number) => boolean = () => false): ReadonlySet<number> {
  const own = (step: Step, index: number): boolean => {
    if (also(step, index)) return true;
    if (step.kind === 'layer') return isFloatLayer(step);
    return step.kind === 'op' && network.buffers[step.output].format === 'float32' && !CORRECTLY_ROUNDED.has(step.op);
  };
  const inexact = new Set<number>();
  const buffers = new Set<number>();
  network.steps.forEach((step, index) => {
    if (!own(step, index) && !step.inputs.some((input) => buffers.has(input))) return;
    inexact.add(index);
    buffers.add(step.output);
  });
  return inexact;
}

/** Signs −1 and 1, pixel by pixel, as the studio packs them. */
export function packedSigns(values: ArrayLike<number>, channels: number): Uint8Array {
  const pixelBytes = signBytes(channels);
  const packed = new Uint8Array((values.length / channels) * pixelBytes);
  for (let i = 0; i < values.length; i++) {
    const channel = i % channels;
    if (values[i] > 0) packed[Math.floor(i / channels) * pixelBytes + (channel >> 3)] |= 1 << (channel & 7);
  }
  return packed;
}

/** The graph's own names; further versions of a value say how they are stored. */
export function valueNames({ network }: Program, claim: (wanted: string) => string): readonly string[] {
  const names = new Map<number, string>();
  for (const buffer of [...network.inputs, ...network.outputs]) if (!names.has(buffer)) names.set(buffer, claim(network.buffers[buffer].id));
  const taken = new Set([...names.keys()].map((buffer) => network.buffers[buffer].id));
  network.buffers.forEach(({ id, format }, index) => {
    if (names.has(index)) return;
    names.set(index, claim(taken.has(id) ? `${id}/${format}` : id));
    taken.add(id);
  });
  return network.buffers.map((_, index) => names.get(index)!);
}
