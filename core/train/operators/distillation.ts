import { mul, type Tensor } from '@tensorflow/tfjs-core';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';

export interface Targets {
  /** Class per sample, or null without labels: then only the teacher counts. */
  readonly labels: Int32Array | null;
  /** Teacher logits, sample by sample, or null. */
  readonly teacher: Float32Array | null;
  /** Share of the teacher in the loss, 0 to 1. */
  readonly teacherShare: number;
  readonly temperature: number;
}

export interface BatchOutcome {
  readonly loss: number;
  /** Samples whose largest logit is the label's (without labels: the teacher's class). */
  readonly correct: number;
}

interface LossAttributes extends Targets {
  readonly observe: ((outcome: BatchOutcome) => void) | null;
}

/** Writes softmax(logits ÷ temperature) and returns log Σ exp. */
function softmax(logits: Float32Array, from: number, classes: number, temperature: number, target: Float64Array): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < classes; c++) top = Math.max(top, logits[from + c] / temperature);
  let sum = 0;
  for (let c = 0; c < classes; c++) sum += target[c] = Math.exp(logits[from + c] / temperature - top);
  for (let c = 0; c < classes; c++) target[c] /= sum;
  return top + Math.log(sum);
}

function largest(values: Float32Array, from: number, count: number): number {
  let best = 0;
  for (let c = 1; c < count; c++) if (values[from + c] > values[from + best]) best = c;
  return best;
}

/**
 * (1 − share)·CE(labels, p) + share·T²·KL(teacher_T ‖ p_T), mean over the batch (Hinton et al. 2015, §2). Outputs the loss
 * and its gradient by the logits, which costs nothing more.
 */
const distillation: ArrayOperator<LossAttributes> = {
  name: 'Distillation',
  outputs: ([logits]) => [[], logits],
  run: ([logits], [lossOut, gradient], { labels, teacher, teacherShare, temperature, observe }, [[batch, classes]]) => {
    const taught = teacher ? (labels ? teacherShare : 1) : 0;
    const labelled = labels ? 1 - taught : 0;
    const own = new Float64Array(classes);
    const theirs = new Float64Array(classes);
    let loss = 0;
    let correct = 0;
    gradient.fill(0);
    for (let b = 0; b < batch; b++) {
      const from = b * classes;
      const answer = largest(logits, from, classes);
      const right = labels ? labels[b] : teacher ? largest(teacher, from, classes) : answer;
      if (answer === right) correct++;
      if (labels && labelled > 0) {
        const total = softmax(logits, from, classes, 1, own);
        loss += labelled * (total - logits[from + labels[b]]);
        for (let c = 0; c < classes; c++) gradient[from + c] += (labelled * (own[c] - (c === labels[b] ? 1 : 0))) / batch;
      }
      if (teacher && taught > 0) {
        const ownTotal = softmax(logits, from, classes, temperature, own);
        const theirTotal = softmax(teacher, from, classes, temperature, theirs);
        let divergence = 0;
        for (let c = 0; c < classes; c++) {
          const difference = (teacher[from + c] - logits[from + c]) / temperature - theirTotal + ownTotal;
          divergence += theirs[c] * difference;
          gradient[from + c] += (taught * temperature * (own[c] - theirs[c])) / batch;
        }
        loss += taught * temperature * temperature * divergence;
      }
    }
    lossOut[0] = loss / batch;
    observe?.({ loss: loss / batch, correct });
  },
  gradient: { outputs: [1], run: ([dy], [gradient]) => [mul(gradient, dy)] },
};

/** Scalar loss of logits [batch, classes]. */
export function distil(logits: Tensor, targets: Targets, observe: (outcome: BatchOutcome) => void): Tensor {
  const [loss, gradient] = apply(distillation, [logits], { ...targets, observe });
  gradient.dispose();
  return loss;
}

export const LOSS_OPERATORS = [distillation] as const;
