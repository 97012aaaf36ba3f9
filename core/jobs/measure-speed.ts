import { uniformPlan } from '../analysis/plans.ts';
import { createBreather } from '../base/breathe.ts';
import { CostTable } from '../bench/cost-table.ts';
import { interleave, quantile, spreadOf } from '../bench/interleave.ts';
import { createLayerBench } from '../bench/layer-bench.ts';
import { layerIds, timed, timeSteps, timingSample, type StepTimes, type Timed } from '../bench/measure.ts';
import { operatorForm, type OperatorForm } from '../bench/operator-form.ts';
import { layerReasons, networkReasons } from '../bench/reasons.ts';
import { chooseKernel } from '../kernels/index.ts';
import type { LayerParameters } from '../kernels/kernel.ts';
import { bake } from '../runtime/bake.ts';
import { geometryOf } from '../runtime/geometry.ts';
import { lower, shapeOf } from '../runtime/lower.ts';
import { isFloatLayer, type LayerStep } from '../runtime/program.ts';
import { NO_CALIBRATION } from '../runtime/watch.ts';
import { SCHEME_IDS, SCHEMES } from '../schemes/index.ts';
import { isQuantised, layerFacts } from '../schemes/layer-facts.ts';
import { layersOf, type Graph, type Model } from '../graph/graph.ts';
import type { Jobs, LayerTiming, NetworkState } from './contract.ts';

const LAYER_ROUNDS = 15;
/** The runtime computes on the thread that calls it. */
const THREADS = 1;

/**
 * The float32 network and the one to be timed; one and the same where nothing is quantised, since two would differ by noise.
 * Re-estimation is left out: it moves biases and batch norms, which take the same time whatever they are.
 */
export function timedPair(state: NetworkState, reference: Model): { readonly float: Timed; readonly current: Timed } {
  const float = timed(bake(reference, {}, NO_CALIBRATION));
  return { float, current: isQuantised(state.model.graph, state.plan) ? timed(bake(state.model, state.plan, state.calibration)) : float };
}

export const measureSpeed: Jobs['measureSpeed'] = async ({ state, reference, rounds }, { signal, report }) => {
  const sample = timingSample(reference);
  const { float, current } = timedPair(state, reference);
  const targets = [...new Set([float, current])];
  const breathe = createBreather(signal);
  let done = 0;
  const measured = await interleave(targets.map(({ runtime }) => ({ run: () => void runtime.run(sample) })), {
    rounds,
    breathe: async () => {
      report({ done: Math.min(++done, rounds), total: rounds });
      await breathe();
    },
  });
  const [floatMs, currentMs = floatMs] = measured.milliseconds;
  const ratio = spreadOf(floatMs.map((value, i) => value / currentMs[i]));
  const [floatSteps, steps = floatSteps] = await timeSteps(targets, sample, LAYER_ROUNDS, breathe);
  return {
    milliseconds: quantile(currentMs, 0.5),
    floatMilliseconds: quantile(floatMs, 0.5),
    ratio,
    rounds: measured.rounds,
    threads: THREADS,
    environment: current.engine.description,
    layers: layerIds(state.model).map((layer) => layerTiming(layer, current, steps, floatSteps)),
    reasons: networkReasons({ ratio: ratio.median, quantised: current !== float, ...partsOf(current, steps) }),
  };
};

/** Codes that only the kernel of int8 takes. */
const EIGHT_BIT: LayerParameters = { arithmetic: 'integer', codes: Int8Array.of(-127, 127, 5), zeroPoint: 0 };

/** A layer that only one of the networks has (training may add some) has no float32 time of its own. */
function layerTiming(layer: string, { program, runtime, engine }: Timed, steps: StepTimes, floatSteps: StepTimes): LayerTiming {
  const index = program.network.steps.findIndex((step) => step.kind === 'layer' && step.node === layer);
  const { geometry, scheme } = program.network.steps[index] as LayerStep;
  const { milliseconds = 0, conversions = 0 } = steps.layers.get(layer) ?? {};
  const floatMilliseconds = floatSteps.layers.get(layer)?.milliseconds ?? 0;
  const chosen = runtime.layers[index];
  const reasons = chosen
    ? layerReasons({
        geometry,
        scheme,
        milliseconds,
        floatMilliseconds,
        conversionMilliseconds: conversions,
        kernelVariant: chosen.kernel.variant,
        tile: chosen.tile ?? null,
        sharesInt8Kernel: chosen.kernel.arithmetic === 'integer' && SCHEMES[scheme].bitsPerWeight < 8 && chooseKernel(engine, geometry, EIGHT_BIT) === chosen.kernel,
        threads: THREADS,
      })
    : [];
  return { layer, scheme, milliseconds, floatMilliseconds, conversionMilliseconds: conversions, kernel: chosen?.description ?? '', reasons };
}

function partsOf({ program }: Timed, { layers, otherConversions, operators }: StepTimes) {
  const parts = { floatLayers: 0, quantisedLayers: 0, conversions: otherConversions, operators };
  for (const step of program.network.steps) {
    if (step.kind !== 'layer') continue;
    const { milliseconds = 0, conversions = 0 } = layers.get(step.node) ?? {};
    parts[isFloatLayer(step) ? 'floatLayers' : 'quantisedLayers'] += milliseconds - conversions;
    parts.conversions += conversions;
  }
  return parts;
}

/** One a worker: equal layers of all networks that it sees are measured once. */
let costs: CostTable | null = null;

export const measureLadder: Jobs['measureLadder'] = async ({ graph }, { signal, report }) => {
  costs ??= new CostTable(createLayerBench());
  const breathe = createBreather(signal);
  const layers = layersOf(graph);
  const conversions = await costs.conversion(breathe);
  const nodes = operatorForms(graph);
  const operators: Record<string, number> = {};
  const rows = [];
  const total = layers.length + nodes.length;
  for (const [index, layer] of layers.entries()) {
    const facts = layerFacts(graph, layer);
    const row = await costs.layer(geometryOf(graph, layer, shapeOf(graph, layer.inputs[0])), breathe);
    for (const scheme of SCHEME_IDS) {
      if (SCHEMES[scheme].refusal(facts) === null) rows.push({ layer: layer.id, scheme, cost: row[scheme] });
    }
    report({ done: index + 1, total });
  }
  for (const [index, forms] of nodes.entries()) {
    const times = await costs.operator(forms, breathe);
    forms.forEach(({ key }, i) => (operators[key] = times[i]));
    report({ done: layers.length + index + 1, total });
  }
  return { rows, operators, conversions, environment: costs.engine };
};

/** Each operator of the network in the forms that plans give it: between float32, integer and one-bit layers. */
function operatorForms(graph: Graph): readonly (readonly OperatorForm[])[] {
  const byNode = new Map<string, OperatorForm[]>();
  for (const plan of SCHEME_IDS.map((scheme) => uniformPlan(graph, scheme))) {
    const { network } = lower(graph, plan);
    for (const step of network.steps) {
      if (step.kind !== 'op') continue;
      const form = operatorForm(network, step);
      const known = byNode.get(step.node) ?? [];
      if (known.every(({ key }) => key !== form.key)) byNode.set(step.node, [...known, form]);
    }
  }
  return [...byNode.values()];
}
