import { logitsOf } from './memory-plan.ts';
import type { LoweredNetwork, Program, Step, StepParameters } from './program.ts';

/** What a network has in common with another: steps that compute the same bytes, whatever the input. */
export interface Shared {
  /** For each step the one of the other network that does the same, or null. */
  readonly steps: readonly (number | null)[];
  /** For each buffer the one of the other network that holds the same bytes, or null. */
  readonly buffers: readonly (number | null)[];
}

function sameArray(a: StepParameters[string], b: StepParameters[string] | undefined): boolean {
  if (a === b) return true;
  if (b?.length !== a.length) return false;
  const [one, other] = [a, b].map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

function sameParameters(a: StepParameters, b: StepParameters): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => sameArray(a[name], b[name]));
}

/** Everything that decides what a step computes, besides its inputs and its parameters. */
function formOf({ buffers }: LoweredNetwork, step: Step): string {
  const { inputs, output, ...rest } = step;
  return JSON.stringify([rest, buffers[output], inputs.map((input) => buffers[input].format)]);
}

/** Compares structure and numbers: a step is shared when it and everything before it are the same in both networks. */
export function sharedWith(base: Program, changed: Program): Shared {
  const byForm = new Map<string, number[]>();
  base.network.steps.forEach((step, index) => {
    const form = formOf(base.network, step);
    byForm.set(form, [...(byForm.get(form) ?? []), index]);
  });
  const buffers = new Array<number | null>(changed.network.buffers.length).fill(null);
  changed.network.inputs.forEach((input, i) => (buffers[input] = base.network.inputs[i] ?? null));
  const steps = changed.network.steps.map((step, index) => {
    const inputs = step.inputs.map((input) => buffers[input]);
    if (inputs.includes(null)) return null;
    const found = byForm
      .get(formOf(changed.network, step))
      ?.find((candidate) => base.network.steps[candidate].inputs.every((input, i) => input === inputs[i]) && sameParameters(changed.parameters[index], base.parameters[candidate]));
    if (found === undefined) return null;
    buffers[step.output] = base.network.steps[found].output;
    return found;
  });
  return { steps, buffers };
}

/** The steps that lead to a network's logits from values that are known, and those values. */
export interface Remainder {
  /** In the order of the network. */
  readonly steps: readonly number[];
  readonly cut: readonly number[];
  readonly logits: number;
}

export function remainderOf(network: LoweredNetwork, isKnown: (buffer: number) => boolean): Remainder {
  const logits = logitsOf(network);
  const producers = new Map(network.steps.map((step, index) => [step.output, index]));
  const steps = new Set<number>();
  const cut = new Set<number>();
  const pending = [logits];
  for (let buffer = pending.pop(); buffer !== undefined; buffer = pending.pop()) {
    const producer = producers.get(buffer);
    if (isKnown(buffer) || producer === undefined) cut.add(buffer);
    else if (!steps.has(producer)) {
      steps.add(producer);
      pending.push(...network.steps[producer].inputs);
    }
  }
  return { steps: [...steps].sort((a, b) => a - b), cut: [...cut].sort((a, b) => a - b), logits };
}
