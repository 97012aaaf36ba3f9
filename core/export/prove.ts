import { createEngine } from '../kernels/load.ts';
import { isFloatLayer, type Program, type Step } from '../runtime/program.ts';
import { createRuntime, type Runtime } from '../runtime/run.ts';
import { indexOfLargest } from '../tensor/divergence.ts';

export interface LayerProof {
  readonly layer: string;
  readonly scheme: Extract<Step, { kind: 'layer' }>['scheme'];
  readonly weightsEqual: boolean;
  /** Stored numbers of the layer's result, per sample. */
  readonly outputs: number;
  /** Numbers that differ, over all samples and both engines. */
  readonly differences: number;
}

export interface Proof {
  readonly rows: readonly LayerProof[];
  readonly answersEqual: number;
  readonly samples: number;
}

type Stored = Float32Array | Int8Array | Uint8Array;

function differing(a: Stored, b: Stored): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) count++;
  return count;
}

function sameParameters(a: Program, b: Program, index: number): boolean {
  const left = a.parameters[index];
  const right = b.parameters[index];
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => right[name]?.length === left[name].length && differing(left[name] as Stored, right[name] as Stored) === 0)
  );
}

/** Steps whose result depends on a float layer: there the two engines may sum in another order. */
function behindFloat(program: Program): ReadonlySet<number> {
  const tainted = new Set<number>();
  const buffers = new Set<number>();
  program.network.steps.forEach((step, index) => {
    const floating = step.inputs.some((input) => buffers.has(input)) || (step.kind === 'layer' && isFloatLayer(step));
    if (!floating) return;
    tainted.add(index);
    buffers.add(step.output);
  });
  return tainted;
}

/** Samples that also run on the slow reference kernels. */
const REFERENCE_SAMPLES = 8;

/**
 * Runs the network on screen beside the one read back from the written bytes: every stored number of every layer must be
 * the same, on the fast kernels for all samples, and on the reference kernels for the first few wherever all arithmetic
 * before it is integer.
 */
export async function prove(
  shown: Program,
  written: Program,
  samples: (index: number) => Float32Array,
  count: number,
  onRow: (row: LayerProof) => void,
  breathe: (done: number) => Promise<void>,
): Promise<Proof> {
  const original = createRuntime(shown, createEngine({ variant: 'wasm' }));
  const reopened = createRuntime(written, createEngine({ variant: 'wasm' }));
  const reference = createRuntime(written, createEngine({ variant: 'reference' }));
  const tainted = behindFloat(shown);
  const { steps } = shown.network;
  const differences = new Float64Array(steps.length);
  const compare = (other: Runtime, index: number): void => {
    differences[index] += differing(original.read(steps[index].output), other.read(steps[index].output));
  };
  let answersEqual = 0;
  for (let i = 0; i < count; i++) {
    const sample = samples(i);
    const expected = indexOfLargest(original.run(sample));
    const answer = indexOfLargest(reopened.run(sample));
    if (answer === expected) answersEqual++;
    const slow = i < REFERENCE_SAMPLES;
    if (slow) reference.run(sample);
    for (let index = 0; index < steps.length; index++) {
      compare(reopened, index);
      if (slow && !tainted.has(index)) compare(reference, index);
    }
    await breathe(i + 1);
  }
  const rows: LayerProof[] = [];
  steps.forEach((step, index) => {
    if (step.kind !== 'layer') return;
    const row: LayerProof = {
      layer: step.node,
      scheme: step.scheme,
      weightsEqual: sameParameters(shown, written, index),
      outputs: original.read(step.output).length,
      differences: differences[index],
    };
    rows.push(row);
    onRow(row);
  });
  return { rows, answersEqual, samples: count };
}
