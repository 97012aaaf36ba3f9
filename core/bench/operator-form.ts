import type { LoweredNetwork, OpStep, Program, ProgramBuffer, StepParameters } from '../runtime/program.ts';

/** An operator between the layers, apart from the network that it stands in. */
export interface OperatorForm {
  /** Equal forms do the same work. */
  readonly key: string;
  readonly step: OpStep;
  /** Of its inputs, then its output; the step's indices point into them. */
  readonly buffers: readonly ProgramBuffer[];
}

export function operatorForm({ buffers }: LoweredNetwork, step: OpStep): OperatorForm {
  const own = [...step.inputs, step.output].map((index, place) => ({ ...buffers[index], id: String(place) }));
  const key = JSON.stringify([step.op, step.attributes, own.map(({ shape, format }) => [shape, format]), step.parameters]);
  return { key, step: { ...step, inputs: step.inputs.map((_, place) => place), output: step.inputs.length }, buffers: own };
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
