import { choice, flag, range, type FieldTable, type OptionValues } from '../quant/fields.ts';
import { SIGN_ESTIMATORS, type SignEstimator, type SignEstimatorId } from './operators/estimators.ts';

/** Options of a training run. The page reads this file: it must not import the training library. */
export const RECIPE_FIELDS = {
  teacherShare: range(0, 1, 0.05, 0.7, 'Teacher share', 'of the loss; the rest is the labels. Without labels the teacher is all of it'),
  temperature: range(0.5, 10, 0.5, 1, 'Temperature', 'softens the teacher’s answers'),
  epochs: range(1, 200, 1, 5, 'Epochs', 'passes over the training images'),
  batch: range(1, 512, 1, 64, 'Batch', 'images in one step'),
  optimiser: choice(
    [
      { id: 'adam', label: 'Adam' },
      { id: 'sgd', label: 'SGD, momentum 0.9' },
      { id: 'nesterov', label: 'SGD, Nesterov’s momentum 0.9' },
    ],
    'adam',
    'Optimiser',
    'SGD wants some thirty times the learning rate of Adam',
  ),
  learningRate: range(0.00001, 0.1, 0.00001, 0.003, 'Learning rate', 'at its highest; a tenth of it where every layer keeps 4 bits or more'),
  warmUpSteps: range(0, 1000, 1, 30, 'Warm-up', 'steps until a stage reaches the full learning rate'),
  weightDecay: range(0, 0.1, 0.0001, 0, 'Weight decay', 'pulls weights to zero; 0 while codes are trained'),
  hardtanhShare: range(0, 0.5, 0.05, 0.1, 'Soft inputs', 'share of the steps with inputs between −1 and 1'),
  signShare: range(0, 0.8, 0.05, 0.4, 'One-bit inputs', 'share of the steps with real weights; the rest has one-bit weights too'),
  shortcuts: choice(
    [
      { id: 'residual', label: 'In residual networks' },
      { id: 'each', label: 'In every network' },
      { id: 'none', label: 'None' },
    ],
    'residual',
    'Shortcuts',
    'around each one-bit convolution whose result has the shape of its input (Bi-Real Net)',
  ),
  rprelu: flag(true, 'Shifted PReLU behind shortcuts', 'in place of ReLU (ReActNet)'),
  estimator: choice(
    Object.entries<SignEstimator>(SIGN_ESTIMATORS).map(([id, { label }]) => ({ id, label })),
    'approximate',
    'Gradient of signs',
    'what stands for the derivative of sign(x)',
  ),
  alpha: choice(
    [
      { id: 'detached', label: 'Mean of the weights' },
      { id: 'exact', label: 'Mean, with its gradient' },
      { id: 'learned', label: 'Learned' },
    ],
    'detached',
    'Level α',
    'of one-bit and ternary weights, one a channel; its gradient is left out unless said',
  ),
  zeroMean: flag(false, 'Zero-mean weights', 'one-bit and ternary (IR-Net)'),
  weightSteps: choice(
    [
      { id: 'fixed', label: 'As calibrated' },
      { id: 'learned', label: 'Learned (LSQ)' },
    ],
    'fixed',
    'Steps of weights',
    'of int8 and int4 weights, one a channel',
  ),
  tanhWeights: flag(false, 'Weights through tanh', 'int8 and int4 (DoReFa-Net)'),
  ranges: choice(
    [
      { id: 'fixed', label: 'As calibrated' },
      { id: 'learned', label: 'Learned steps (LSQ)' },
      { id: 'pact', label: 'Learned clips (PACT)' },
    ],
    'fixed',
    'Ranges of activations',
    'of int8 values; PACT learns where those behind a ReLU end',
  ),
  sparsity: range(0, 0.95, 0.05, 0, 'Pruning', 'share of the weights that become zero, the smallest first, in layers of 2 bits and more. The file grows no smaller by it: zeros are stored like any code'),
  augment: choice(
    [
      { id: 'none', label: 'None' },
      { id: 'crop-flip', label: 'Shift and mirror' },
    ],
    'none',
    'Augmentation',
    'shift and mirror suits photographs, not digits',
  ),
  trainSamples: range(0, 1_000_000, 100, 0, 'Training images', '0 takes all of them'),
  validationShare: range(0, 0.5, 0.01, 0.1, 'Held out', 'share of the training images that only judges; at most 1,000'),
  reEstimate: flag(true, 'Measure batch norm at the end', 'kept only if the held-out loss falls'),
} as const satisfies FieldTable;

export type OptimiserId = 'adam' | 'sgd' | 'nesterov';

/** What is learned besides the weights, and how the weights meet their codes. */
export interface QuantiserTraining {
  /** Scales that the weights give at each step: of one-bit and ternary weights. */
  readonly alpha: 'detached' | 'exact' | 'learned';
  /** One-bit and ternary codes are those of W − mean(W). */
  readonly zeroMean: boolean;
  /** Steps of int8 and int4 weights: from calibration, or learned (LSQ). */
  readonly weightSteps: 'fixed' | 'learned';
  /** int8 and int4 codes are those of tanh(W) (DoReFa-Net). */
  readonly tanhWeights: boolean;
  /** Grids stay as calibration measured them, or their steps are learned (LSQ), or the ends of those that begin at 0 (PACT). */
  readonly ranges: 'fixed' | 'learned' | 'pact';
  /** Share of zero weights at the end, in layers whose codes have a zero. */
  readonly sparsity: number;
}

export interface Recipe extends QuantiserTraining {
  readonly teacherShare: number;
  readonly temperature: number;
  readonly epochs: number;
  readonly batch: number;
  readonly optimiser: OptimiserId;
  readonly learningRate: number;
  readonly warmUpSteps: number;
  readonly weightDecay: number;
  readonly hardtanhShare: number;
  readonly signShare: number;
  readonly shortcuts: 'none' | 'residual' | 'each';
  readonly rprelu: boolean;
  readonly estimator: SignEstimatorId;
  readonly augment: 'none' | 'crop-flip';
  readonly trainSamples: number;
  readonly validationShare: number;
  readonly reEstimate: boolean;
}

/** `values` must have passed `checkValues`. */
export function recipeOf(values: OptionValues): Recipe {
  return values as unknown as Recipe;
}
