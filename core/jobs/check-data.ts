import { uniformPlan } from '../analysis/plans.ts';
import { createBreather } from '../base/breathe.ts';
import { formatsFor } from '../base/format.ts';
import type { Finding } from '../data/checks/check.ts';
import { CHECK_COUNT, checkDataSet } from '../data/checks/index.ts';
import type { DataSet } from '../data/data-set.ts';
import { samplesOf } from '../data/preprocess.ts';
import { elementCount, type Model } from '../graph/graph.ts';
import { CALIBRATION_SAMPLES } from '../quant/calibration.ts';
import { calibrationSplit } from './batches.ts';
import { calibrate } from './calibrate.ts';
import type { Jobs } from './contract.ts';
import type { CalibrationPoint } from './data-results.ts';
import { evaluate } from './evaluate.ts';

/** Samples of the curve's points: up to those that calibration takes. */
const CURVE_SAMPLES = [CALIBRATION_SAMPLES / 16, CALIBRATION_SAMPLES / 4, CALIBRATION_SAMPLES / 2, CALIBRATION_SAMPLES];
/** Test samples that the network in int8 answers at each point. */
const ANSWERED = 100;

export const checkData: Jobs['checkData'] = async ({ data, model, preprocess }, context) => {
  const { signal, report } = context;
  const total = CHECK_COUNT + (model ? CURVE_SAMPLES.length : 0);
  const outputs = model ? outputsOf(model) : null;
  const findings = [...(await checkDataSet({ data, outputs }, createBreather(signal), (done) => report({ done, total })))];
  const curve: CalibrationPoint[] = [];
  if (model && preprocess) {
    const available = samplesOf(data, calibrationSplit(data)).count;
    const counts = [...new Set(CURVE_SAMPLES.map((count) => Math.min(count, available)))];
    const silent = { signal, report: () => {} };
    const plan = uniformPlan(model.graph, 'int8');
    for (const [i, samples] of counts.entries()) {
      const calibration = await calibrate({ model, data, preprocess, samples }, silent);
      const { divergence } = await evaluate({ state: { model, plan, calibration }, reference: model, data, preprocess, offset: 0, limit: ANSWERED }, silent);
      curve.push({ samples, divergence });
      report({ done: CHECK_COUNT + i + 1, total });
    }
    findings.push({ check: 'calibration', name: 'Calibration', ...enough(curve, data, available) });
  }
  return { findings, curve };
};

function outputsOf({ graph }: Model): number {
  const [id] = graph.outputs;
  return elementCount((graph.nodes.find((node) => node.id === id) ?? graph.inputs[0]).shape);
}

/** What half the samples lose against all of them, as a share, up to which more would hardly help; and in nats, what no one notices. */
const SETTLED_SHARE = 0.25;
const SETTLED_NATS = 0.001;

/** Whether the network in int8 still changes with more calibration samples. */
function enough(curve: readonly CalibrationPoint[], data: DataSet, available: number): Finding {
  const { decimal } = formatsFor('en');
  const [before, last] = [curve.at(-2) ?? curve[0], curve[curve.length - 1]];
  const measured = curve.map(({ samples, divergence }) => `${decimal(divergence, 4)} nats with ${samples}`).join(', ');
  const curveText = `In int8 the network is this far from float32: ${measured}.`;
  if (available < CALIBRATION_SAMPLES) {
    return { tone: 'warn', text: `Calibration takes ${CALIBRATION_SAMPLES} samples and ${data.name} has ${available} for it. ${curveText}` };
  }
  const change = Math.abs(before.divergence - last.divergence);
  const isSettled = change <= SETTLED_NATS || change <= SETTLED_SHARE * Math.max(before.divergence, last.divergence);
  return isSettled
    ? { tone: 'good', text: `${CALIBRATION_SAMPLES} samples are enough to calibrate with. ${curveText}` }
    : { tone: 'warn', text: `The last doubling of the calibration samples still changed the network. ${curveText}` };
}
