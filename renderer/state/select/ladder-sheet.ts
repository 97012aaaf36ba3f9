import type { Graph } from '../../../core/graph/graph.ts';
import { SCHEME_IDS } from '../../../core/schemes/index.ts';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import { sizeOf } from './network.ts';

const CHANNELS = 64;
const SIDE = 8;
export const SHEET_LAYER = 'layer';
/** Key of its timings among the ladders. */
export const SHEET_KEY = 'ladder-sheet';

const convolution = (id: string, input: string, size: 1 | 3): Graph['nodes'][number] => {
  const pad = (size - 1) / 2;
  const window = { strideY: 1, strideX: 1, padTop: pad, padBottom: pad, padLeft: pad, padRight: pad, dilationY: 1, dilationX: 1 };
  return { id, op: 'conv2d', inputs: [input], attributes: window, weights: { kernel: `${id}/kernel`, bias: `${id}/bias` }, shape: [1, SIDE, SIDE, CHANNELS] };
};

/** One 3×3 layer, 64→64 channels, behind a 1×1 layer: the first layer of a network cannot take every rung. */
export const SHEET_GRAPH: Graph = {
  name: 'ladder',
  inputs: [{ id: 'input', shape: [1, SIDE, SIDE, CHANNELS] }],
  nodes: [convolution('entry', 'input', 1), convolution(SHEET_LAYER, 'entry', 3)],
  outputs: [SHEET_LAYER],
  weights: {
    'entry/kernel': { shape: [1, 1, CHANNELS, CHANNELS] },
    'entry/bias': { shape: [CHANNELS] },
    'layer/kernel': { shape: [3, 3, CHANNELS, CHANNELS] },
    'layer/bias': { shape: [CHANNELS] },
  },
};

/** Exact bytes of the layer at every rung. */
export function sheetBytes(): Readonly<Record<SchemeId, number>> {
  return Object.fromEntries(
    SCHEME_IDS.map((scheme) => [scheme, sizeOf(SHEET_GRAPH, { entry: { scheme: 'int8' }, [SHEET_LAYER]: { scheme } }).nodes[SHEET_LAYER] ?? 0]),
  ) as Record<SchemeId, number>;
}
