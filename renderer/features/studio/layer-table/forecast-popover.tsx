import { SCHEMES } from '../../../../core/schemes/index.ts';
import type { SchemeId } from '../../../../core/schemes/scheme.ts';
import { schemeOf } from '../../../state/edits/plan.ts';
import { forecastLayer } from '../../../state/select/forecast.ts';
import { sizeOf, type ActiveNetwork } from '../../../state/select/network.ts';
import { Chip } from '../../../ui/chip.tsx';
import { classes } from '../../../ui/classes.ts';
import { sizeText } from '../../../ui/format.ts';
import { useMeasured } from '../use-measured.ts';
import { accuracyCell, marked, sizeCell, timeCell, type ForecastCell } from './forecast-text.ts';

export interface Preview {
  readonly layer: string;
  readonly scheme: SchemeId;
  /** Viewport position of the rung. */
  readonly left: number;
  readonly top: number;
}

const WIDTH = 300;
const HEIGHT = 136;

/** What the rung under the pointer would change. */
export function ForecastPopover({ network, preview }: { readonly network: ActiveNetwork; readonly preview: Preview }) {
  const measured = useMeasured();
  const forecast = forecastLayer(network, preview.layer, measured).find((row) => row.scheme === preview.scheme);
  if (!forecast || forecast.isNow) return null;
  const left = Math.max(8, Math.min(preview.left - WIDTH / 2, window.innerWidth - WIDTH - 8));
  const below = preview.top + 34;
  const top = below + HEIGHT > window.innerHeight ? preview.top - HEIGHT - 4 : below;
  const { key } = SCHEMES[preview.scheme];
  const rows = [
    { label: 'Size', cell: sizeCell(forecast), unit: 'KB' },
    { label: 'Accuracy', cell: accuracyCell(forecast), unit: 'pt' },
    { label: 'Time', cell: timeCell(forecast), unit: 'ms' },
  ];
  return (
    <div className="pop forecast-pop stack-2" role="tooltip" style={{ left, top, width: WIDTH }}>
      <div className="row row-between">
        <Chip scheme={preview.scheme} />
        <span className="u trunc">
          {preview.layer}, now {SCHEMES[schemeOf(network.plan, preview.layer)].name}
        </span>
      </div>
      {forecast.refusal === null ? (
        <>
          <dl className="kv">
            {rows.map((row) => (
              <Line key={row.label} label={row.label} cell={row.cell} unit={row.unit} after={row.label === 'Size' ? sizeText(sizeOf(network.graph, network.plan).totalBytes + forecast.sizeBytes) : null} />
            ))}
          </dl>
          <p className="u t-11">
            {rows.some((row) => row.cell.estimated) ? 'Estimated from this layer alone. ' : ''}Press <span className="k">{key}</span> to set and measure.
          </p>
        </>
      ) : (
        <p>
          Not available: {forecast.refusal}
        </p>
      )}
    </div>
  );
}

interface LineProps {
  readonly label: string;
  readonly cell: ForecastCell;
  readonly unit: string;
  readonly after: string | null;
}

function Line({ label, cell, unit, after }: LineProps) {
  const arrow = cell.text.startsWith('+') ? '▲ ' : cell.text.startsWith('−') ? '▼ ' : '';
  const known = cell.tone !== '' || cell.text.startsWith('±');
  return (
    <>
      <dt>{label}</dt>
      <dd>
        <span className={classes(cell.tone || 'u', cell.estimated && 'est')}>
          {known ? arrow : ''}
          {marked(cell)}
          {known ? `\u00a0${unit}` : ''}
        </span>
        {after !== null && ` → ${after}`}
      </dd>
    </>
  );
}
