import { useRef } from 'react';
import { SCHEMES } from '../../../../core/schemes/index.ts';
import type { WeightPicture } from '../../../../core/analysis/diagnosis/weight-picture.ts';
import type { LayerDiagnosis } from '../../../../core/jobs/analysis-results.ts';
import type { LayerInsight } from '../../../../core/jobs/contract.ts';
import { useActivity, useSession } from '../../../state/hooks.ts';
import { channelKey, insightKey } from '../../../state/keys.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import { classes } from '../../../ui/classes.ts';
import { formats } from '../../../ui/format.ts';
import { Histogram } from '../../../ui/histogram.tsx';
import { ChannelStrip } from './channel-strip.tsx';
import { Section } from './section.tsx';
import { SqnrRuler } from './sqnr-ruler.tsx';
import { factRows, inputView, weightsView } from './view-model.ts';

/** Pixels between the pane's paddings. */
const WIDTH = 328;

export function InsightSections({ network, layer }: { readonly network: ActiveNetwork; readonly layer: string }) {
  const key = insightKey(network, layer);
  const insight = useActivity((state) => state.insights[key]);
  const diagnosis = useActivity((state) => state.diagnoses[key]);
  // While a new choice is measured the last picture of the same layer stays, so that nothing jumps.
  const last = useRef<LayerInsight | null>(null);
  if (insight) last.current = insight;
  const shown = insight ?? (last.current?.layer === layer ? last.current : null);
  if (!shown) {
    return (
      <Section title="Weights" aside="measuring">
        <div className="hist-wait" />
      </Section>
    );
  }
  return (
    <>
      <WeightsSection network={network} layer={layer} insight={shown} outputs={diagnosis?.output?.channelSqnr} />
      {network.project.data && <InputSection insight={shown} />}
      <NoiseSection insight={shown} diagnosis={diagnosis} />
    </>
  );
}

interface WeightsProps {
  readonly network: ActiveNetwork;
  readonly layer: string;
  readonly insight: LayerInsight;
  readonly outputs: Float32Array | undefined;
}

function WeightsSection({ network, layer, insight, outputs }: WeightsProps) {
  const channel = useSession((state) => (state.channel?.layer === layer ? state.channel.index : null));
  const measured = useActivity((state) => (channel === null ? undefined : state.channelPictures[channelKey(network, layer, channel)]));
  // As above: from one channel to the next without the layer's picture between them.
  const last = useRef<{ readonly layer: string; readonly channel: number; readonly picture: WeightPicture } | null>(null);
  if (channel === null) last.current = null;
  else if (measured) last.current = { layer, channel, picture: measured };
  const alone = last.current?.layer === layer ? last.current : null;
  const picture = alone?.picture ?? insight.picture;
  const of = alone ? ` of channel ${formats.count(alone.channel)}` : '';
  const view = weightsView(picture, `the weights${of}`);
  return (
    <Section title={`Weights${of}`} aside={view.aside}>
      <Histogram
        {...picture.weights}
        clippedCounts={picture.clippedCounts}
        width={WIDTH}
        height={68}
        label={view.label}
        levels={picture.levels}
        scheme={picture.scheme}
        zone={picture.zeroBand}
        clip={view.clip}
      />
      <ChannelStrip layer={layer} channels={insight.channels} outputs={outputs} selected={channel} width={WIDTH} />
    </Section>
  );
}

function InputSection({ insight }: { readonly insight: LayerInsight }) {
  if (!insight.input) return null;
  const view = inputView(insight);
  const { inputThresholds } = insight;
  return (
    <Section title="Input activations" aside={view.aside}>
      <Histogram
        {...insight.input}
        width={WIDTH}
        height={42}
        label={view.label}
        clip={insight.inputClip}
        scheme={insight.picture.scheme}
        zone={inputThresholds && [inputThresholds.low, inputThresholds.high]}
        threshold={inputThresholds?.median ?? null}
        squareRoot
      />
    </Section>
  );
}

function NoiseSection({ insight, diagnosis }: { readonly insight: LayerInsight; readonly diagnosis: LayerDiagnosis | undefined }) {
  const { scheme } = insight.picture;
  const now = insight.weightSqnr[scheme];
  const output = diagnosis?.output;
  const aside = now === undefined ? 'of the weights' : `weights ${formats.decibels(now)}${output ? `, output ${formats.decibels(output.sqnr)}` : ''}\u00a0dB at ${SCHEMES[scheme].name}`;
  const rows = factRows(insight, diagnosis);
  return (
    <Section title="Signal to noise" aside={aside}>
      <SqnrRuler values={insight.weightSqnr} now={scheme} width={WIDTH} layer={insight.layer} />
      {rows.length > 0 && (
        <dl className="cause">
          {rows.map(({ name, value, isBad }) => (
            <div key={name} className="fact">
              <dt>{name}</dt>
              <dd className={classes('num', isBad && 'worse')}>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </Section>
  );
}
