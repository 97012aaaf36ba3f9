import type { GraphNode } from '../graph.ts';
import { counted, type Pass } from './pass.ts';
import { indexOf, rewrite } from './rewrite.ts';

/**
 * Zero padding of height and width before a convolution becomes the convolution's own. Not before pooling: a pool leaves
 * padded positions out, while a padded value is a zero that counts.
 */
export const foldPad: Pass = {
  id: 'fold-pad',
  describe: (count) => `${counted(count, 'padding became part of its convolution', 'paddings became part of their convolutions')}.`,
  run(model) {
    const index = indexOf(model.graph);
    for (const pad of model.graph.nodes) {
      if (pad.op !== 'pad' || !index.onlyRead(pad.id)) continue;
      const { before, after } = pad.attributes;
      const [reader] = index.readers(pad.id);
      if (before.length !== 4 || before[0] + after[0] + before[3] + after[3] !== 0) continue;
      if (reader.op !== 'conv2d' && reader.op !== 'depthwise-conv2d') continue;
      const old = reader.attributes;
      const attributes = {
        ...old,
        padTop: old.padTop + before[1],
        padBottom: old.padBottom + after[1],
        padLeft: old.padLeft + before[2],
        padRight: old.padRight + after[2],
      };
      const replaced = new Map<string, readonly GraphNode[]>([
        [pad.id, []],
        [reader.id, [{ ...reader, inputs: pad.inputs, attributes }]],
      ]);
      return { model: rewrite(model, { replaced }), count: 1 };
    }
    return { model, count: 0 };
  },
};
