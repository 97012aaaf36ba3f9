import { diagnose } from '../analysis/diagnosis/diagnose.ts';
import { evidenceOf } from '../analysis/diagnosis/evidence.ts';
import { measureOutputNoise } from '../analysis/diagnosis/output-noise.ts';
import { deadChannels } from '../analysis/diagnosis/rules/channels.ts';
import type { Jobs } from './contract.ts';

export const diagnoseLayer: Jobs['diagnoseLayer'] = async ({ state, layer, hasData }, { signal }) => {
  // Noise stands in for data where none is open: it times a network, and says nothing about its results.
  const source = hasData ? state : { ...state, calibration: { ...state.calibration, images: new Float32Array(0), values: {}, layers: {} } };
  const output = await measureOutputNoise(source, layer, signal);
  const evidence = evidenceOf(source, layer, output);
  return { layer, output, dead: deadChannels(evidence), ...diagnose(evidence) };
};
