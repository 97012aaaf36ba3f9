import { clippedInputs, codedWeights, gridEnds, layerNode, sqnrUnder } from '../analysis/diagnosis/evidence.ts';
import { channelNoise, channelPeaks, indexOfMedian, weightPicture, type CodedWeights } from '../analysis/diagnosis/weight-picture.ts';
import { RecentMap } from '../base/recent-map.ts';
import { bitsDigest } from '../base/digest.ts';
import { initialValues } from '../quant/fields.ts';
import { choiceOf, layerFacts } from '../schemes/layer-facts.ts';
import { SCHEME_IDS, SCHEMES } from '../schemes/index.ts';
import type { SchemeId } from '../schemes/scheme.ts';
import type { Jobs, LayerInsight } from './contract.ts';

const THRESHOLD_QUANTILE = 0.1;

/** The median and the middle eight tenths of one-bit thresholds over channels. */
function thresholdsOf(values: Float32Array): LayerInsight['inputThresholds'] {
  const sorted = Float32Array.from(values).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { median: values[indexOfMedian(values)], low: at(THRESHOLD_QUANTILE), high: at(1 - THRESHOLD_QUANTILE) };
}

/** SQNR at the rungs that are not chosen: it stays as it is while options of the chosen one are moved. */
const rungs = new RecentMap<string, number | null>(512);

function sqnrAtRung({ kernel, channels }: CodedWeights, digest: string, scheme: SchemeId): number | null {
  const key = `${digest}/${channels}/${scheme}`;
  const known = rungs.get(key);
  if (known !== undefined) return known;
  const sqnr = sqnrUnder(kernel, channels, scheme, initialValues(SCHEMES[scheme].options));
  rungs.set(key, sqnr);
  return sqnr;
}

export const inspectLayer: Jobs['inspectLayer'] = async ({ state, layer }): Promise<LayerInsight> => {
  const node = layerNode(state, layer);
  const { scheme, options } = choiceOf(state.plan, layer);
  const facts = layerFacts(state.model.graph, node);
  const input = state.calibration.values[node.inputs[0]];
  const { coded, trainedThresholds } = codedWeights(state, node);
  const picture = weightPicture(coded, null);
  const format = SCHEMES[scheme].inputFormat(options);
  const digest = bitsDigest(coded.kernel);
  const weightSqnr = Object.fromEntries(
    SCHEME_IDS.filter((id) => SCHEMES[id].refusal(facts) === null).flatMap((id) => {
      const sqnr = id === scheme ? picture.sqnr : sqnrAtRung(coded, digest, id);
      return sqnr === null ? [] : [[id, sqnr] as const];
    }),
  );
  const onGrid = format === 'int8' && input !== undefined;
  return {
    layer,
    picture,
    channels: coded.quantised ? { measure: 'sqnr', values: channelNoise(coded) } : { measure: 'peak', values: channelPeaks(coded.kernel, coded.channels) },
    input: input ? input.histogram : null,
    inputClip: onGrid ? gridEnds(input) : null,
    inputClippedShare: onGrid ? clippedInputs(input) : 0,
    inputThresholds: format === 'sign' && input ? thresholdsOf(trainedThresholds ?? input.twoLevel.centre) : null,
    weightSqnr,
  };
};

export const inspectChannel: Jobs['inspectChannel'] = async ({ state, layer, channel }) => weightPicture(codedWeights(state, layerNode(state, layer)).coded, channel);
