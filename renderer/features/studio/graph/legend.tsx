import { memo } from 'react';
import { OVERLAYS, type Overlay, type OverlayId, type ScaleStep } from '../../../../core/analysis/overlays.ts';
import { SCHEME_IDS, SCHEMES } from '../../../../core/schemes/index.ts';
import { Chip } from '../../../ui/chip.tsx';
import { formats } from '../../../ui/format.ts';
import { heatOf } from './palette.ts';

export interface LegendProps {
  readonly overlay: OverlayId;
  readonly scale: readonly ScaleStep[];
}

export const Legend = memo(function Legend({ overlay, scale }: LegendProps) {
  return overlay === 'precision' ? <PrecisionLegend /> : <ScaleLegend overlay={OVERLAYS[overlay]} scale={scale} />;
});

function PrecisionLegend() {
  return (
    <div className="legend" aria-hidden="true">
      {SCHEME_IDS.map((id) => (
        <span key={id}>
          <Chip scheme={id} short />
          {SCHEMES[id].name}
        </span>
      ))}
    </div>
  );
}

const HINTS = { less: 'less is better', more: 'more is better', neither: '' } as const;

/** The steps of the network's own distribution, best first. */
function ScaleLegend({ overlay, scale }: { readonly overlay: Overlay; readonly scale: readonly ScaleStep[] }) {
  const range = ({ low, high }: ScaleStep): string => {
    const [from, to] = [overlay.text(low, formats), overlay.text(high, formats)];
    return from === to ? from : `${from} to ${to}`;
  };
  return (
    <div className="legend legend-scale" role="group" aria-label={`Scale of ${overlay.label.toLowerCase()}`}>
      <b>
        {overlay.label}
        {overlay.unit !== '' && `, ${overlay.unit}`}
      </b>
      <small className="u">{HINTS[overlay.better]}</small>
      {scale.map((step, index) => (
        <span key={index} title={`${step.count} of the boxes shown`}>
          <i className={`gx-heat gx-heat-${heatOf(index, scale.length)}`} />
          {range(step)}
        </span>
      ))}
      {scale.length === 0 && <span className="u">Not measured yet</span>}
    </div>
  );
}
