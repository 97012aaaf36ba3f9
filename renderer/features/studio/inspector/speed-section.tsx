import { SCHEMES, SCHEME_IDS } from '../../../../core/schemes/index.ts';
import { useActivity } from '../../../state/hooks.ts';
import { schemeOf } from '../../../state/edits/plan.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import { timeText } from '../../../ui/format.ts';
import { Section } from './section.tsx';
import { speedView } from './view-model.ts';

/** What was measured of this layer here: how it compares with FP32, by which kernel, and which rungs would be slower. */
export function SpeedSection({ network, layer }: { readonly network: ActiveNetwork; readonly layer: string }) {
  const timing = useActivity((state) => state.speeds[network.key])?.layers.find((row) => row.layer === layer);
  const ladder = useActivity((state) => state.ladders[network.project.source.weightsHash]?.[layer]);
  const scheme = schemeOf(network.plan, layer);
  if (!timing) return null;
  const { ratio, tone, kernel, title } = speedView(timing, scheme);
  const now = ladder?.[scheme];
  const slower = SCHEME_IDS.flatMap((id) => {
    const other = ladder?.[id];
    return id !== scheme && id !== 'float32' && now !== undefined && other !== undefined && other > now * 1.1 ? [{ id, by: other - now }] : [];
  });
  return (
    <Section title={title} aside="measured here" asideClass="prov">
      <p className="soft">
        {scheme === 'float32' ? (
          <>
            <b>{timeText(timing.milliseconds)}</b> an inference: {kernel}.
          </>
        ) : (
          <>
            <b className={tone === 'none' ? undefined : tone}>{ratio}</b> {tone === 'none' ? '' : 'than '}FP32: {timeText(timing.milliseconds)} against{' '}
            {timeText(timing.floatMilliseconds)}, {kernel}.
          </>
        )}
        {slower.slice(0, 2).map(({ id, by }) => (
          <span key={id}>
            {' '}
            {SCHEMES[id].name} would be <b className="worse">{timeText(by)} slower</b>.
          </span>
        ))}
      </p>
    </Section>
  );
}
