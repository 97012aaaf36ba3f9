import { ChartSpline, CirclePlus, CircleHelp, Funnel, Grid3x3, Layers, Waypoints, type LucideIcon } from 'lucide-react';
import type { OpId } from '../../../core/graph/graph.ts';

const ICONS: Partial<Record<OpId, LucideIcon>> = {
  conv2d: Grid3x3,
  'depthwise-conv2d': Layers,
  dense: Waypoints,
  add: CirclePlus,
  multiply: CirclePlus,
  'matrix-product': Waypoints,
  concat: CirclePlus,
  'max-pool': Funnel,
  'average-pool': Funnel,
  'global-average-pool': Funnel,
  softmax: ChartSpline,
  unknown: CircleHelp,
};

export function opIcon(op: OpId | 'input'): LucideIcon {
  return (op === 'input' ? undefined : ICONS[op]) ?? ChartSpline;
}

/** "Conv", "Depthwise conv", "Dense": how an operator is called in a sentence. */
export const OP_NAMES: Readonly<Record<OpId | 'input', string>> = {
  input: 'Input',
  conv2d: 'Conv',
  'depthwise-conv2d': 'Depthwise conv',
  dense: 'Dense',
  'batch-norm': 'Batch norm',
  relu: 'ReLU',
  clip: 'Clip',
  'leaky-relu': 'Leaky ReLU',
  rprelu: 'Shifted PReLU',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  softmax: 'Softmax',
  add: 'Add',
  multiply: 'Multiply',
  'matrix-product': 'Matrix product',
  exponential: 'Exponential',
  erf: 'Error function',
  power: 'Power',
  'max-pool': 'Max pool',
  'average-pool': 'Average pool',
  'global-average-pool': 'Global average pool',
  reshape: 'Reshape',
  transpose: 'Transpose',
  pad: 'Pad',
  slice: 'Slice',
  concat: 'Concat',
  expand: 'Expand',
  identity: 'Identity',
  unknown: 'Unknown operator',
};
