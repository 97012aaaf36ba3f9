import * as tf from '@tensorflow/tfjs-core';
import type { Batch, Batches } from './batches.ts';
import type { SimulatedNetwork, SimulationMode } from './network/simulate.ts';
import { distil, type BatchOutcome } from './operators/distillation.ts';
import type { Recipe } from './recipe.ts';
import type { Teacher } from './teacher.ts';

const BATCH = 100;

export interface Judgement {
  /** Share of right answers; without labels, of answers that are the teacher's. */
  readonly accuracy: number;
  readonly loss: number;
}

/** Runs the fake-quantised graph, without gradients, on samples that take no part in the training. */
export class Judge {
  private readonly network: SimulatedNetwork;
  private readonly batches: Batches;
  private readonly recipe: Recipe;
  private readonly teacher: Teacher | null;
  private readonly shape: readonly number[];
  private readonly indices: Int32Array;

  constructor(network: SimulatedNetwork, batches: Batches, recipe: Recipe, teacher: Teacher | null, shape: readonly number[], indices: Int32Array) {
    this.network = network;
    this.batches = batches;
    this.recipe = recipe;
    this.teacher = teacher;
    this.shape = shape;
    this.indices = indices;
  }

  get count(): number {
    return this.indices.length;
  }

  async judge(mode: SimulationMode, breathe: () => Promise<void>): Promise<Judgement> {
    let loss = 0;
    let correct = 0;
    for (let from = 0; from < this.count; from += BATCH) {
      const batch = this.batches.take(this.indices.slice(from, from + BATCH));
      const outcome = outcomeOf(this.network, batch, this.shape, mode, this.recipe, this.teacher);
      loss += outcome.loss * batch.indices.length;
      correct += outcome.correct;
      await breathe();
    }
    return { accuracy: correct / Math.max(this.count, 1), loss: loss / Math.max(this.count, 1) };
  }

  /** Accuracy of the teacher itself on the same samples. */
  async judgeTeacher(breathe: () => Promise<void>): Promise<number | null> {
    if (!this.teacher) return null;
    let correct = 0;
    for (let from = 0; from < this.count; from += BATCH) {
      const { indices, images, labels } = this.batches.take(this.indices.slice(from, from + BATCH));
      if (!labels) return null;
      const logits = this.teacher.answer({ indices, images, labels });
      const { classes } = this.teacher;
      labels.forEach((label, i) => {
        const row = logits.subarray(i * classes, (i + 1) * classes);
        if (row.every((logit, c) => c === label || logit < row[label])) correct++;
      });
      await breathe();
    }
    return correct / Math.max(this.count, 1);
  }
}

function outcomeOf(network: SimulatedNetwork, batch: Batch, shape: readonly number[], mode: SimulationMode, recipe: Recipe, teacher: Teacher | null): BatchOutcome {
  const { teacherShare, temperature } = recipe;
  const answers = teacher?.answer(batch) ?? null;
  let outcome: BatchOutcome = { loss: 0, correct: 0 };
  tf.tidy(() => {
    const logits = network.run(tf.tensor(batch.images, [batch.indices.length, ...shape]), mode);
    distil(logits, { labels: batch.labels, teacher: answers, teacherShare, temperature }, (seen) => (outcome = seen));
  });
  return outcome;
}
