import { describeError, throwIfAborted } from '../base/errors.ts';
import { elementCount, layersOf, type Model } from '../graph/graph.ts';
import { multiplyAccumulatesOf, parametersOf } from '../graph/ops.ts';
import { runnablePart } from '../graph/passes/runnable-part.ts';
import { hashModel } from '../graph/print.ts';
import { readNetwork, type ReadNetwork } from '../import/index.ts';
import type { StatedGrids } from '../quant/calibration.ts';
import { createFloatRuntime } from '../runtime/watch.ts';
import { SCHEME_IDS, SCHEMES } from '../schemes/index.ts';
import type { Plan } from '../schemes/scheme.ts';
import { layerFacts } from '../schemes/layer-facts.ts';
import type { ImportedModel, ImportReport, Jobs, LayerRefusal } from './contract.ts';

export const importModel: Jobs['importModel'] = async ({ files }, { signal, report }) => {
  const total = 3;
  report({ done: 0, total });
  const network = await readNetwork(files);
  throwIfAborted(signal);
  report({ done: 1, total });
  const imported = describeImport(network);
  report({ done: total, total });
  return imported;
};

/** Everything that is known of a network once it is read, a real forward pass included. */
export function describeImport({ fileName, format, model, folds, plan, grids }: ReadNetwork): ImportedModel {
  const { graph } = model;
  const layers = layersOf(graph);
  const parameters = graph.nodes.reduce((sum, node) => sum + parametersOf(node, graph.weights), 0);
  const report: ImportReport = {
    format,
    layers: layers.length,
    parameters,
    floatBytes: parameters * 4,
    multiplyAccumulates: graph.nodes.reduce((sum, node) => sum + multiplyAccumulatesOf(node, graph.weights), 0),
    folds,
    unknown: graph.nodes.flatMap((node) => (node.op === 'unknown' ? [{ node: node.id, op: node.attributes.sourceOp }] : [])),
    refusals: refusalsOf(model),
    runs: tryRun(model),
  };
  return { fileName, model, hash: hashModel(model), plan: possiblePlan(model, plan), grids: presentGrids(model, grids), report };
}

/** Without values that a rewrite removed. */
function presentGrids({ graph }: Model, grids: StatedGrids): StatedGrids {
  const present = [...graph.inputs, ...graph.nodes].filter(({ id }) => Object.hasOwn(grids, id));
  return Object.fromEntries(present.map(({ id }) => [id, grids[id]]));
}

/** Without layers that a rewrite removed and choices that a layer refuses. */
function possiblePlan({ graph }: Model, plan: Plan): Plan {
  const possible = layersOf(graph).filter((layer) => Object.hasOwn(plan, layer.id) && SCHEMES[plan[layer.id].scheme].refusal(layerFacts(graph, layer)) === null);
  return Object.fromEntries(possible.map((layer) => [layer.id, plan[layer.id]]));
}

function refusalsOf({ graph }: Model): readonly LayerRefusal[] {
  return layersOf(graph).flatMap((layer) => {
    const facts = layerFacts(graph, layer);
    return SCHEME_IDS.flatMap((scheme) => {
      const reason = SCHEMES[scheme].refusal(facts);
      return reason === null ? [] : [{ layer: layer.id, scheme, reason }];
    });
  });
}

/** One sample of zeros through the deployed float32 network. */
function tryRun(model: Model): true | string {
  try {
    const { graph } = runnablePart(model);
    const output = createFloatRuntime(runnablePart(model)).run(new Float32Array(elementCount(graph.inputs[0].shape)));
    const bad = output.findIndex((value) => !Number.isFinite(value));
    return bad < 0 ? true : `The network answers ${output[bad]} for an input of zeros.`;
  } catch (error) {
    return describeError(error);
  }
}
