import { choice, range, type FieldTable } from '../quant/fields.ts';

/**
 * The recipe of a quantisation-aware run (METHODS §7). No import of the training library here: the page and the command
 * line read these rows for their forms and checks.
 */
export const RECIPE_FIELDS = {
  teacherShare: range(0, 1, 0.05, 0.7, 'Teacher share', 'weight of the float network’s answers in the loss; the rest are labels'),
  temperature: range(1, 5, 0.5, 1, 'Temperature', 'above 1 hurts low-bit students'),
  epochs: range(1, 50, 1, 3, 'Epochs', 'passes over the training samples'),
  batch: range(8, 256, 8, 64, 'Batch', 'images a step'),
  learningRate: range(0.00001, 0.01, 0.00001, 0.001, 'Learning rate', 'of Adam; falls to 0'),
  warmUpSteps: range(0, 200, 10, 30, 'Warm-up', 'steps at the start of each stage'),
  hardtanhShare: range(0, 0.5, 0.05, 0.1, 'Soft clip', 'share of the steps before inputs are one bit'),
  signShare: range(0, 0.9, 0.05, 0.4, 'One-bit inputs', 'share of the steps before weights are one bit too'),
  augment: choice(
    [
      { id: 'none', label: 'None' },
      { id: 'crop-flip', label: 'Crop 4 px and flip' },
    ],
    'none',
    'Augment',
  ),
  validationShare: range(0.02, 0.5, 0.01, 0.1, 'Validation share', 'training samples held out; the test set stays untouched'),
} as const satisfies FieldTable;
