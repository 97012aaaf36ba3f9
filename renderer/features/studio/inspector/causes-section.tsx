import { SCHEMES } from '../../../../core/schemes/index.ts';
import { useActivity } from '../../../state/hooks.ts';
import { insightKey } from '../../../state/keys.ts';
import { schemeOf } from '../../../state/edits/plan.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import { formats } from '../../../ui/format.ts';
import { causeRows } from './causes-view.ts';
import { Fixes } from './fixes.tsx';
import { Section } from './section.tsx';

/** What the layer's choice does to the answers, why, and what was tried against it. */
export function CausesSection({ network, layer }: { readonly network: ActiveNetwork; readonly layer: string }) {
  const scheme = schemeOf(network.plan, layer);
  const cell = useActivity((state) => state.sensitivities[network.networkKey]?.[layer]?.[scheme]);
  const diagnosis = useActivity((state) => state.diagnoses[insightKey(network, layer)]);
  const isFloat = SCHEMES[scheme].weights === null;
  const causes = diagnosis ? causeRows(diagnosis) : [];
  if (isFloat && causes.length === 0) return null;
  const { arrow, text, meaning } = formats.points((cell?.accuracyChange ?? 0) / 100, null);
  const aside = cell && `${arrow} ${text}, alone`.trim();
  return (
    <Section title={isFloat ? 'What stands out' : 'Why it hurts'} aside={aside} asideClass={meaning === 'none' ? undefined : meaning}>
      {!diagnosis && <p className="u">Looking for causes</p>}
      {diagnosis && causes.length === 0 && <p className="u">Nothing in this layer stands out.</p>}
      {causes.map(({ what, amount, why }) => (
        <div key={what} className="why">
          <p className="cause">
            <span>{what}</span>
            <span className="num">{amount}</span>
          </p>
          <p className="u t-11">{why}</p>
        </div>
      ))}
      {cell && (
        <p className="cause">
          <span>Divergence from FP32, this layer alone</span>
          <span className="num">{formats.scientific(cell.divergence)} nats</span>
        </p>
      )}
      {diagnosis && <Fixes network={network} layer={layer} diagnosis={diagnosis} />}
    </Section>
  );
}
