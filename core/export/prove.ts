import { createEngine } from '../kernels/load.ts';
import { bufferBytes } from '../runtime/memory-plan.ts';
import { isFloatLayer, type Program, type ProgramBuffer, type Step, type Stored } from '../runtime/program.ts';
import type { Reopened, RuntimeReader, Statements } from './exporter.ts';
import type { ExportResult } from './result.ts';
import { createRuntime, type Runtime } from '../runtime/run.ts';
import { indexOfLargest } from '../tensor/divergence.ts';

export interface LayerProof {
  readonly layer: string;
  readonly scheme: Extract<Step, { kind: 'layer' }>['scheme'];
  /** Null where another runtime does not show its weights: they count by what is computed with them. */
  readonly weightsEqual: boolean | null;
  /** Stored numbers of the layer's result, per sample. */
  readonly outputs: number;
  /** Numbers that differ, over all samples and both engines. */
  readonly differences: number;
  /** How far a layer that may deviate does so; see Agreement. */
  readonly deviation?: number;
}

export interface Proof {
  readonly rows: readonly LayerProof[];
  readonly answersEqual: number;
  /** Answers that are not the same and as good, to the studio, as its own. */
  readonly ties: number;
  readonly samples: number;
  /** Among the samples; null without labels. */
  readonly right: ExportResult['proof']['right'];
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
  /** Right answers of the samples, where they are known. */
  readonly labels?: ArrayLike<number> | null;
  readonly onRow: (row: LayerProof) => void;
  readonly breathe: (done: number) => Promise<void>;
}

/** Answers of the network on screen and of the written one. */
class Answers {
  equal = 0;
  private shown = 0;
  private written = 0;

  constructor(private readonly labels: ArrayLike<number> | null) {}

  add(index: number, shown: number, written: number): void {
    if (shown === written) this.equal++;
    if (this.labels?.[index] === shown) this.shown++;
    if (this.labels?.[index] === written) this.written++;
  }

  get right(): Proof['right'] {
    return this.labels ? { shown: this.shown, written: this.written } : null;
  }
}

/** Samples that also run on the slow reference kernels. */
const REFERENCE_SAMPLES = 8;

/**
 * Runs the network on screen beside the one read back from the written bytes: every stored number of every layer must be
 * the same, on the fast kernels for all samples, and on the reference kernels for the first few wherever all arithmetic
 * before it is integer.
 */
export async function prove(shown: Program, written: Program, { samples, count, labels, onRow, breathe }: ProofRun): Promise<Proof> {
  const original = createRuntime(shown, createEngine({ variant: 'wasm' }));
  const reopened = createRuntime(written, createEngine({ variant: 'wasm' }));
  const reference = createRuntime(written, createEngine({ variant: 'reference' }));
  const tainted = behindFloat(shown);
  const { steps } = shown.network;
  const differences = new Float64Array(steps.length);
  const compare = (other: Runtime, index: number): void => {
    differences[index] += differing(original.read(steps[index].output), other.read(steps[index].output));
  };
  const answers = new Answers(labels ?? null);
  for (let i = 0; i < count; i++) {
    const sample = samples(i);
    const expected = indexOfLargest(original.run(sample));
    const answer = indexOfLargest(reopened.run(sample));
    answers.add(i, expected, answer);
    const slow = i < REFERENCE_SAMPLES;
    if (slow) reference.run(sample);
    for (let index = 0; index < steps.length; index++) {
      compare(reopened, index);
      if (slow && !tainted.has(index)) compare(reference, index);
    }
    await breathe(i + 1);
  }
  return { rows: layerRows(shown, (index) => ({ weightsEqual: sameParameters(shown, written, index), differences: differences[index] }), onRow), answersEqual: answers.equal, ties: 0, samples: count, right: answers.right };
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

/** Differences of a step over all samples, where roundings may tip. */
class Deviation {
  private differing = 0;
  private squares = 0;
  private total = 0;

  add(own: Stored, other: Stored): void {
    const isPacked = own instanceof Uint8Array;
    for (let i = 0; i < own.length; i++) {
      if (own[i] === other[i]) this.total += isPacked ? 8 : own[i] * own[i];
      else {
        this.differing++;
        this.squares += isPacked ? bitCount(own[i] ^ other[i]) : (own[i] - other[i]) ** 2;
        this.total += isPacked ? 8 : own[i] * own[i];
      }
    }
  }

  /** Numbers that count as differences: none where the whole is as near as it may be. */
  found(packed: boolean, limit: number): Pick<LayerProof, 'differences' | 'deviation'> {
    const share = this.total === 0 ? this.squares : this.squares / this.total;
    const deviation = packed ? share : Math.sqrt(share);
    // Not "larger than": a NaN is never near.
    return { differences: deviation <= limit ? 0 : this.differing, deviation };
  }
}

function bitCount(byte: number): number {
  let count = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Another answer than the studio's own. */
interface OtherAnswer {
  /** How far the studio's logit of the other answer is below that of its own. */
  readonly gap: number;
  /** How far its lowest logit is. */
  readonly range: number;
}

/** Answers that the studio finds as good as its own. Of two logits the gap is the whole range, so there it is the widest of all samples. */
function tiesAmong(others: readonly OtherAnswer[], share: number, logits: number, widest: number): number {
  return others.filter(({ gap, range }) => gap <= share * (logits === 2 ? widest : range)).length;
}

/**
 * Runs the network on screen beside its files in a runtime of another make: what that runtime shows of the layers must be the
 * same, to the bit where the arithmetic is integer. Layers that it does not show count by the answers alone.
 */
export async function proveByRuntime(shown: Program, opened: Reopened, reader: RuntimeReader, { samples, count, labels, onRow, breathe }: ProofRun): Promise<Proof> {
  const original = createRuntime(shown, createEngine({ variant: 'wasm' }));
  const { steps, buffers } = shown.network;
  const { agreement } = reader;
  const inexact = opened.inexact ?? new Set<number>();
  const differences = new Float64Array(steps.length);
  const deviations = steps.map(() => new Deviation());
  const answers = new Answers(labels ?? null);
  const others: OtherAnswer[] = [];
  let widest = 0;
  for (let i = 0; i < count; i++) {
    const sample = samples(i);
    const expected = indexOfLargest(original.run(sample));
    const { logits } = original;
    const range = logits[expected] - logits.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    widest = Math.max(widest, range);
    const answer = indexOfLargest(await opened.run(sample, (buffer) => original.read(buffer)));
    answers.add(i, expected, answer);
    if (answer !== expected) others.push({ gap: logits[expected] - logits[answer], range });
    for (const [index, step] of steps.entries()) {
      const stored = opened.read(step.output);
      if (!stored) continue;
      const own = original.read(step.output);
      if (inexact.has(index)) deviations[index].add(own, stored);
      else differences[index] += beyond(own, stored, reader.tolerance(step));
    }
    await breathe(i + 1);
  }
  const found = (index: number): Pick<LayerProof, 'differences' | 'deviation'> => {
    if (!agreement || !inexact.has(index)) return { differences: differences[index] };
    return deviations[index].found(buffers[steps[index].output].format === 'sign', agreement.deviation);
  };
  const ties = agreement ? tiesAmong(others, agreement.tie, original.logits.length, widest) : 0;
  return { rows: layerRows(shown, (index) => ({ weightsEqual: null, ...found(index) }), onRow), answersEqual: answers.equal, ties, samples: count, right: answers.right };
}

/** What a document says of each layer, beside the network: its statements stand for outputs, and no samples run. */
export function proveDocument(shown: Program, statements: (node: string) => Statements, onRow: (row: LayerProof) => void): Proof {
  const rows = shown.network.steps.flatMap((step): readonly LayerProof[] => {
    if (step.kind !== 'layer') return [];
    const { count, wrong } = statements(step.node);
    return [{ layer: step.node, scheme: step.scheme, weightsEqual: null, outputs: count, differences: wrong }];
  });
  rows.forEach(onRow);
  return { rows, answersEqual: 0, ties: 0, samples: 0, right: null };
}

/** A row is a layer with the steps behind it, up to the next layer; what comes before the first counts with the first. */
function layerRows({ network }: Program, found: (index: number) => Pick<LayerProof, 'weightsEqual' | 'differences' | 'deviation'>, onRow: (row: LayerProof) => void): readonly LayerProof[] {
  const rows: LayerProof[] = [];
  const { steps, buffers } = network;
  const isLayer = ({ kind }: Step): boolean => kind === 'layer';
  const first = steps.findIndex(isLayer);
  for (const [index, step] of steps.entries()) {
    if (step.kind !== 'layer') continue;
    const next = steps.findIndex((other, i) => i > index && isLayer(other));
    const from = index === first ? 0 : index;
    const own = found(index);
    const others = Array.from({ length: (next < 0 ? steps.length : next) - from }, (_, i) => from + i).filter((i) => i !== index).map(found);
    const deviations = [own, ...others].flatMap(({ deviation }) => (deviation === undefined ? [] : [deviation]));
    const row: LayerProof = {
      layer: step.node,
      scheme: step.scheme,
      outputs: storedCount(buffers[step.output]),
      ...own,
      weightsEqual: own.weightsEqual === null ? null : [own, ...others].every(({ weightsEqual }) => weightsEqual !== false),
      differences: others.reduce((sum, { differences }) => sum + differences, own.differences),
      ...(deviations.length > 0 ? { deviation: Math.max(...deviations) } : {}),
    };
    rows.push(row);
    onRow(row);
  }
  return rows;
}

/** Numbers that a buffer stores; packed signs count by the byte. */
function storedCount(buffer: ProgramBuffer): number {
  return buffer.format === 'float32' ? bufferBytes(buffer) / 4 : bufferBytes(buffer);
}
