import { counted, type Pass } from './pass.ts';
import { rewrite } from './rewrite.ts';

/** Nodes that neither an output nor an operator the studio does not know depends on. */
export const dropUnread: Pass = {
  id: 'drop-unread',
  describe: (count) => `${counted(count, 'node that no output needs was', 'nodes that no output needs were')} removed.`,
  run(model) {
    const needed = new Set(model.graph.outputs);
    const afterUnknown = new Set<string>();
    for (const node of model.graph.nodes) {
      if (node.op === 'unknown' || node.inputs.some((id) => afterUnknown.has(id))) {
        afterUnknown.add(node.id);
        needed.add(node.id);
      }
    }
    for (const node of model.graph.nodes.toReversed()) if (needed.has(node.id)) for (const id of node.inputs) needed.add(id);
    const unread = model.graph.nodes.filter((node) => !needed.has(node.id));
    if (unread.length === 0) return { model, count: 0 };
    return { model: rewrite(model, { replaced: new Map(unread.map((node) => [node.id, []])) }), count: unread.length };
  },
};
