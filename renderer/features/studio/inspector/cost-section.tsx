import { SCHEMES } from '../../../../core/schemes/index.ts';
import { useActivity } from '../../../state/hooks.ts';
import { schemeOf } from '../../../state/edits/plan.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import { formats } from '../../../ui/format.ts';
import { Section } from './section.tsx';

/** What this layer alone does to the answers, the rest of the network left at FP32. */
export function CostSection({ network, layer }: { readonly network: ActiveNetwork; readonly layer: string }) {
  const cells = useActivity((state) => state.sensitivities[network.networkKey]?.[layer]);
  const scheme = schemeOf(network.plan, layer);
  const cell = cells?.[scheme];
  if (!cell) return null;
  const { arrow, text, meaning } = formats.points(cell.accuracyChange / 100, null);
  return (
    <Section title="What it costs" aside={`${arrow} ${text}`.trim()} asideClass={meaning === 'none' ? undefined : meaning}>
      <div className="cause">
        <span>Accuracy with only this layer at {SCHEMES[scheme].name}</span>
        <span className="num">{text}</span>
        <span>Divergence of the answers from FP32</span>
        <span className="num">{formats.scientific(cell.divergence)} nats</span>
      </div>
    </Section>
  );
}
