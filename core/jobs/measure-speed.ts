import { createBreather } from '../base/breathe.ts';
import { interleave, quantile } from '../bench/interleave.ts';
import { layerIds, layerMilliseconds, timed, timingSample } from '../bench/measure.ts';
import { bake } from '../runtime/bake.ts';
import { deploy } from '../runtime/deploy.ts';
import { NO_CALIBRATION } from '../runtime/watch.ts';
import { SCHEME_IDS, SCHEMES } from '../schemes/index.ts';
import { choiceOf, layerFacts } from '../schemes/layer-facts.ts';
import type { Plan, SchemeId } from '../schemes/scheme.ts';
import { layersOf } from '../graph/graph.ts';
import type { Jobs } from './contract.ts';

const LAYER_RUNS = 15;

export const measureSpeed: Jobs['measureSpeed'] = async ({ state, reference, rounds }, { signal, report }) => {
  const sample = timingSample(reference);
  const float = timed(bake(reference, {}, NO_CALIBRATION));
  // A network that is still float32 is its own baseline: two copies of it would only differ by noise.
  const quantised = layersOf(state.model.graph).some((layer) => SCHEMES[choiceOf(state.plan, layer.id).scheme].weights !== null);
  const current = quantised ? timed(deploy(state)) : float;
  const breathe = createBreather(signal);
  let done = 0;
  const measured = await interleave(
    [...new Set([float, current])].map(({ runtime }) => ({ run: () => void runtime.run(sample) })),
    rounds,
    async () => {
      report({ done: Math.min(++done, rounds), total: rounds });
      await breathe();
    },
  );
  const [floatMs, currentMs = floatMs] = measured.milliseconds;
  const ratios = floatMs.map((value, i) => value / currentMs[i]);
  const floatLayers = layerMilliseconds(float, sample, LAYER_RUNS);
  await breathe();
  const currentLayers = quantised ? layerMilliseconds(current, sample, LAYER_RUNS) : floatLayers;
  const kernelOf = new Map(current.program.network.steps.flatMap((step, i) => (step.kind === 'layer' ? [[step.node, current.runtime.kernels[i]] as const] : [])));
  return {
    milliseconds: quantile(currentMs, 0.5),
    floatMilliseconds: quantile(floatMs, 0.5),
    ratio: { median: quantile(ratios, 0.5), lowerQuartile: quantile(ratios, 0.25), upperQuartile: quantile(ratios, 0.75) },
    rounds: measured.rounds,
    threads: 1,
    environment: current.engine,
    layers: layerIds(state.model).map((layer) => ({
      layer,
      milliseconds: currentLayers.get(layer) ?? 0,
      floatMilliseconds: floatLayers.get(layer) ?? 0,
      kernel: kernelOf.get(layer) ?? '',
    })),
  };
};

/** Every layer at every rung: one run of the whole network per scheme, first layer at int8 where it refuses the scheme. */
export const measureLadder: Jobs['measureLadder'] = async ({ model, calibration }, { signal, report }) => {
  const sample = timingSample(model);
  const breathe = createBreather(signal);
  const rows: { layer: string; scheme: SchemeId; milliseconds: number }[] = [];
  for (const [index, scheme] of SCHEME_IDS.entries()) {
    const takes = (layer: ReturnType<typeof layersOf>[number]): boolean => SCHEMES[scheme].refusal(layerFacts(model.graph, layer)) === null;
    const plan: Plan = Object.fromEntries(layersOf(model.graph).map((layer) => [layer.id, { scheme: takes(layer) ? scheme : 'int8' }]));
    const target = timed(bake(model, plan, { ...calibration, images: new Float32Array(0) }));
    for (let warm = 0; warm < 10; warm++) target.runtime.run(sample);
    const layers = layerMilliseconds(target, sample, LAYER_RUNS);
    for (const layer of layersOf(model.graph)) {
      if (takes(layer)) rows.push({ layer: layer.id, scheme, milliseconds: layers.get(layer.id) ?? 0 });
    }
    report({ done: index + 1, total: SCHEME_IDS.length });
    await breathe();
  }
  return rows;
};
