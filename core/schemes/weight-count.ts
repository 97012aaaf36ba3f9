import { elementCount } from '../graph/graph.ts';
import type { LayerFacts } from './scheme.ts';

export function weightCount(layer: LayerFacts): number {
  return elementCount(layer.kernelShape);
}
