import { formats } from '../../ui/format.ts';
import type { SensitivityMetric } from '../../state/analysing.ts';
import { HEAT_LEVELS, levelTexts, METRICS } from './heat-view.ts';

/** What the shades stand for: a number between every two. */
export function HeatKey({ metric }: { readonly metric: SensitivityMetric }) {
  const texts = levelTexts(metric, formats);
  const { name, unit } = METRICS[metric];
  return (
    <div className="heat-key" role="img" aria-label={`Shades of ${name} in ${unit}: lightest up to ${texts[0]}, darkest beyond ${texts[texts.length - 1]}`}>
      <span className="u">
        {name}, {unit}
      </span>
      <span className="heat-scale">
        {Array.from({ length: HEAT_LEVELS }, (_, level) => (
          <span key={level} className={`heat-s heat-${level}`}>
            {level > 0 && <i>{texts[level - 1]}</i>}
          </span>
        ))}
      </span>
    </div>
  );
}
