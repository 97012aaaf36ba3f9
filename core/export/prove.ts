import { createEngine } from '../kernels/load.ts';
import { bufferBytes } from '../runtime/memory-plan.ts';
import { isFloatLayer, type Program, type ProgramBuffer, type Step } from '../runtime/program.ts';
import type { Reopened, RuntimeReader, Stored } from './exporter.ts';
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

/** What is proved, and how it is followed. */
export interface ProofRun {
  readonly samples: (index: number) => Float32Array;
  readonly count: number;
  readonly onRow: (row: LayerProof) => void;
  readonly breathe: (done: number) => Promise<void>;
}

/** Samples that also run on the slow reference kernels. */
const REFERENCE_SAMPLES = 8;

/**
 * Runs the network on screen beside the one read back from the written bytes: every stored number of every layer must be
 * the same, on the fast kernels for all samples, and on the reference kernels for the first few wherever all arithmetic
 * before it is integer.
 */
export async function prove(shown: Program, written: Program, { samples, count, onRow, breathe }: ProofRun): Promise<Proof> {
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
  return { rows: layerRows(shown, (index) => ({ weightsEqual: sameParameters(shown, written, index), differences: differences[index] }), onRow), answersEqual, samples: count };
}

/** Numbers of `a` that `b` has not, or not as nearly as the tolerance allows. */
function beyond(a: Stored, b: Stored, tolerance: number): number {
  if (a.length !== b.length) return a.length;
  if (tolerance === 0) return differing(a, b);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]));
  let count = 0;
  // Not "further than": a NaN is never near.
  for (let i = 0; i < a.length; i++) if (!(Math.abs(a[i] - b[i]) <= tolerance * largest)) count++;
  return count;
}

/**
 * Runs the network on screen beside its files in a runtime of another make: what that runtime shows of the layers must be the
 * same, to the bit where the arithmetic is integer. Layers that it does not show count by the answers alone.
 */
export async function proveByRuntime(shown: Program, opened: Reopened, reader: RuntimeReader, { samples, count, onRow, breathe }: ProofRun): Promise<Proof> {
  const original = createRuntime(shown, createEngine({ variant: 'wasm' }));
  const { steps } = shown.network;
  const differences = new Float64Array(steps.length);
  let answersEqual = 0;
  for (let i = 0; i < count; i++) {
    const sample = samples(i);
    const expected = indexOfLargest(original.run(sample));
    if (indexOfLargest(await opened.run(sample, (buffer) => original.read(buffer))) === expected) answersEqual++;
    for (const [index, step] of steps.entries()) {
      const stored = opened.read(step.output);
      if (stored) differences[index] += beyond(original.read(step.output), stored, reader.tolerance(step));
    }
    await breathe(i + 1);
  }
  return { rows: layerRows(shown, (index) => ({ weightsEqual: true, differences: differences[index] }), onRow), answersEqual, samples: count };
}

function layerRows({ network }: Program, found: (index: number) => Pick<LayerProof, 'weightsEqual' | 'differences'>, onRow: (row: LayerProof) => void): readonly LayerProof[] {
  const rows: LayerProof[] = [];
  for (const [index, step] of network.steps.entries()) {
    if (step.kind !== 'layer') continue;
    const row = { layer: step.node, scheme: step.scheme, outputs: storedCount(network.buffers[step.output]), ...found(index) };
    rows.push(row);
    onRow(row);
  }
  return rows;
}

/** Numbers that a buffer stores; packed signs count by the byte. */
function storedCount(buffer: ProgramBuffer): number {
  return buffer.format === 'float32' ? bufferBytes(buffer) / 4 : bufferBytes(buffer);
}
