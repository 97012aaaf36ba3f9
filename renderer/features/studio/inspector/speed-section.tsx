import { useActivity } from '../../../state/hooks.ts';
import { schemeOf } from '../../../state/edits/plan.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import { classes } from '../../../ui/classes.ts';
import { RungBars } from '../../../ui/rung-bars.tsx';
import { Section } from './section.tsx';
import { speedView } from './view-model.ts';

/** How the layer compares with FP32 here, why, and what every rung takes. A forecast until the plan itself is measured. */
export function SpeedSection({ network, layer }: { readonly network: ActiveNetwork; readonly layer: string }) {
  const timing = useActivity((state) => state.speeds[network.key])?.layers.find((row) => row.layer === layer);
  const costs = useActivity((state) => state.ladders[network.project.source.weightsHash]?.[layer]);
  const view = speedView({ scheme: schemeOf(network.plan, layer), timing, costs });
  if (!view) return null;
  const { title, measured, time, ratio, reasons, kernel, rungs } = view;
  return (
    <Section title={title} aside={measured ? 'measured here' : 'forecast'} asideClass={classes('prov', !measured && 'prov-e')}>
      <p className="soft">
        <b className={classes(ratio && ratio.tone !== 'none' && ratio.tone, !measured && 'est')}>{ratio?.text ?? time}</b>
        {ratio ? `: ${time}.` : ' an inference.'} {reasons.join(' ')}
      </p>
      {kernel !== '' && <p className="u t-11">{kernel}</p>}
      {rungs.length > 0 && <RungBars label="The layer alone at every rung" rungs={rungs} />}
    </Section>
  );
}
