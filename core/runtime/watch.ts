import type { Model } from '../graph/graph.ts';
import type { Calibration } from '../quant/calibration.ts';
import type { Watched } from '../quant/calibrate.ts';
import { createEngine, type Build } from '../kernels/load.ts';
import { bake } from './bake.ts';
import { channelPeriod, lower } from './lower.ts';
import { createRuntime, type Runtime } from './run.ts';

/** A calibration that has measured nothing: enough for networks that are float32 throughout. */
export const NO_CALIBRATION: Calibration = { samples: 0, values: {}, layers: {}, images: new Float32Array(0), hash: 'none' };

/** The network as it came: float32 in every layer, batch norm folded. Keeps its outputs only. */
export function createFloatRuntime(model: Model): Runtime {
  return createRuntime(bake(model, {}, NO_CALIBRATION), createEngine({ variant: 'wasm' }), { keep: 'outputs' });
}

/** The float network with every stored value and every layer's result in view, for calibration. `build`: instead of the best one. */
export function watchFloat(model: Model, build?: Build): Watched {
  let listener: Parameters<Watched['onLayer']>[0] = () => {};
  const { network, valueOfBuffer } = lower(model.graph, {});
  const runtime = createRuntime(bake(model, {}, NO_CALIBRATION), createEngine({ variant: 'wasm', build }), {
    keep: 'all',
    tap: (step, values, channels) => listener(network.steps[step].node, values, channels),
  });
  return {
    run: (input) => void runtime.run(input),
    values: valueOfBuffer.map((id, index) => ({
      id,
      period: channelPeriod(model.graph, id),
      view: () => runtime.read(index) as Float32Array,
    })),
    onLayer: (added) => {
      listener = added;
    },
  };
}
