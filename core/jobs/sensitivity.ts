import { createBreather } from '../base/breathe.ts';
import { checkFits, samplesOf } from '../data/preprocess.ts';
import { layersOf, type LayerNode } from '../graph/graph.ts';
import { createEngine } from '../kernels/load.ts';
import { deployOnce } from '../runtime/deploy.ts';
import type { Calibration } from '../quant/calibration.ts';
import { createRuntime } from '../runtime/run.ts';
import { createFloatRuntime } from '../runtime/watch.ts';
import { SCHEME_IDS, SCHEMES } from '../schemes/index.ts';
import { layerFacts } from '../schemes/layer-facts.ts';
import type { SchemeId } from '../schemes/scheme.ts';
import { indexOfLargest, softmaxDivergence } from '../tensor/divergence.ts';
import { calibrationSplit, sampleReader } from './batches.ts';
import type { Jobs, SensitivityCell } from './contract.ts';

/** Images that re-estimate each of the many cells: a third of what a real deployment takes. */
const RE_ESTIMATION_IMAGES = 32;

/** "Alone" sensitivity (METHODS §8): one layer changed, everything else float32, measured at the network's output. */
export const sensitivity: Jobs['sensitivity'] = async ({ model, calibration, data, preprocess, samples }, { signal, report }) => {
  checkFits(model, data);
  const split = calibrationSplit(data);
  const from = samplesOf(data, split);
  const count = Math.min(samples, from.count);
  const read = sampleReader(data, split, preprocess);
  const inputs = Array.from({ length: count }, (_, i) => read(from.count - count + i).slice());
  const labels = Array.from({ length: count }, (_, i) => from.labels?.[from.count - count + i] ?? null);
  const size = inputs[0]?.length ?? 0;
  const lighter: Calibration = { ...calibration, images: calibration.images.subarray(0, RE_ESTIMATION_IMAGES * size) };
  const breathe = createBreather(signal);
  const float = createFloatRuntime(model);
  const expected: Float32Array[] = [];
  for (const input of inputs) {
    float.run(input);
    expected.push(float.logits.slice());
    await breathe();
  }
  const right = (logits: Float32Array, i: number): boolean => indexOfLargest(logits) === (labels[i] ?? indexOfLargest(expected[i]));
  const floatRight = expected.filter(right).length;
  const cells: SensitivityCell[] = [];
  const quantising = SCHEME_IDS.filter((scheme) => SCHEMES[scheme].weights !== null);
  const takers = (scheme: SchemeId): readonly LayerNode[] =>
    layersOf(model.graph).filter((layer) => SCHEMES[scheme].refusal(layerFacts(model.graph, layer)) === null);
  const total = quantising.reduce((sum, scheme) => sum + takers(scheme).length, 0);
  for (const scheme of quantising) {
    for (const layer of takers(scheme)) {
      const runtime = createRuntime(deployOnce({ model, plan: { [layer.id]: { scheme } }, calibration: lighter }), createEngine({ variant: 'wasm' }), { keep: 'outputs' });
      let divergence = 0;
      let correct = 0;
      for (const [i, input] of inputs.entries()) {
        runtime.run(input);
        const { logits } = runtime;
        divergence += softmaxDivergence(expected[i], logits);
        if (right(logits, i)) correct++;
        await breathe();
      }
      const cell: SensitivityCell = {
        layer: layer.id,
        scheme,
        divergence: divergence / count,
        accuracyChange: ((correct - floatRight) / count) * 100,
      };
      cells.push(cell);
      report({ done: cells.length, total, cell });
      await breathe();
    }
  }
  return cells;
};
