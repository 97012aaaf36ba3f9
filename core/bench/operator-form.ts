import type { LoweredNetwork, OpStep, Program, ProgramBuffer, StepParameters } from '../runtime/program.ts';

/** An operator between the layers, apart from the network that it stands in. */
export interface OperatorForm {
  /** Equal forms do the same work. */
  readonly key: string;
  readonly step: OpStep;
  /** Of its inputs, then its output; the step's indices point into them. */
  readonly buffers: readonly ProgramBuffer[];
}

const keysOfSlots = new WeakMap<OpStep['parameters'], string>();

/** Key of the form. The parameters of a step belong to one node in one form, so that they stand for it. */
export function operatorKey({ buffers }: LoweredNetwork, step: OpStep): string {
  let key = keysOfSlots.get(step.parameters);
  if (key === undefined) {
    const own = [...step.inputs, step.output].map((index) => [buffers[index].shape, buffers[index].format]);
    keysOfSlots.set(step.parameters, (key = JSON.stringify([step.op, step.attributes, own, step.parameters])));
  }
  return key;
}

export function operatorForm(network: LoweredNetwork, step: OpStep): OperatorForm {
  const own = [...step.inputs, step.output].map((index, place) => ({ ...network.buffers[index], id: String(place) }));
  return { key: operatorKey(network, step), step: { ...step, inputs: step.inputs.map((_, place) => place), output: step.inputs.length }, buffers: own };
}

/** Values in the places of real ones: they do not change how long the operator takes. */
function parametersOf(step: OpStep): StepParameters {
  const values = { grid: [0.1, 0], limits: [0, Number.POSITIVE_INFINITY], multiplier: [1], offset: [0] };
  return Object.fromEntries(
    step.parameters.map(({ name, count }) => {
      const filling = values[name.replace(/\d+$/, '') as keyof typeof values] ?? [0];
      return [name, Float32Array.from({ length: count }, (_, i) => filling[i % filling.length])];
    }),
  );
}

/** A program of this operator alone. */
export function operatorProgram({ step, buffers }: OperatorForm): Program {
  return { network: { name: step.node, buffers, steps: [step], inputs: [0], outputs: [step.output] }, parameters: [parametersOf(step)] };
}
