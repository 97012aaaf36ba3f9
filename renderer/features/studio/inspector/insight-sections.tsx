import { useRef } from 'react';
import { SCHEMES } from '../../../../core/schemes/index.ts';
import type { LayerInsight } from '../../../../core/jobs/contract.ts';
import { useActivity } from '../../../state/hooks.ts';
import { insightKey } from '../../../state/keys.ts';
import { schemeOf } from '../../../state/edits/plan.ts';
import { layerTable } from '../../../state/select/layers.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import { formats } from '../../../ui/format.ts';
import { Histogram } from '../../../ui/histogram.tsx';
import { Section } from './section.tsx';
import { SqnrRuler } from './sqnr-ruler.tsx';
import { inputView, weightsView } from './view-model.ts';

/** Pixels between the pane's paddings. */
const WIDTH = 328;

export function InsightSections({ network, layer }: { readonly network: ActiveNetwork; readonly layer: string }) {
  const insight = useActivity((state) => state.insights[insightKey(network, layer)]);
  const info = layerTable(network.graph)[layer];
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
  const scheme = schemeOf(network.plan, layer);
  const weights = weightsView(shown, scheme, info.parameters);
  const input = network.project.data ? inputView(shown, scheme) : null;
  const now = shown.weightSqnr[scheme];
  return (
    <>
      <Section title="Weights" aside={weights.aside}>
        <Histogram {...shown.weights} width={WIDTH} height={68} label={weights.label} levels={shown.levels} scheme={scheme} zone={weights.zone} clip={weights.clip} />
      </Section>
      {input && shown.input && (
        <Section title="Input activations" aside={input.aside}>
          <Histogram {...shown.input} width={WIDTH} height={42} label={input.label} clip={shown.inputClip} threshold={shown.inputThreshold} squareRoot />
        </Section>
      )}
      <Section title="Signal to noise" aside={now === undefined ? 'of the weights' : `weights ${formats.decibels(now)} dB at ${SCHEMES[scheme].name}`}>
        <SqnrRuler values={shown.weightSqnr} now={scheme} width={WIDTH} layer={layer} />
      </Section>
    </>
  );
}
