import type { RungForecast } from '../../../state/select/forecast.ts';
import type { ColumnId } from '../../../state/select/table-columns.ts';
import { classes } from '../../../ui/classes.ts';
import { narrowClass } from './columns.tsx';
import { accuracyCell, sizeCell, timeCell, type ForecastCell } from './forecast-text.ts';

const LINES = [
  { id: 'size', cell: sizeCell },
  { id: 'accuracy', cell: accuracyCell },
  { id: 'time', cell: timeCell },
] as const satisfies readonly { id: string; cell: (forecast: RungForecast) => ForecastCell }[];

interface ForecastRowProps {
  readonly forecasts: readonly RungForecast[];
  readonly level: number;
  readonly columns: readonly ColumnId[];
}

/** Under the selected row: what each rung would change, before the click. */
export function ForecastRow({ forecasts, level, columns }: ForecastRowProps) {
  // A column that a narrow window leaves out must not be spanned there.
  const hidden = columns.filter((id) => narrowClass(columns, id)).length;
  const indent = classes('nm', level === 2 && 'lv2');
  return (
    <tr role="row" className="fc" aria-level={level + 1}>
      <td role="gridcell" className="c-first" colSpan={columns.length - hidden + 2}>
        <div className="fc-l">
          <div>
            <span className={classes(indent, 'u')}>Forecast of each rung</span>
            <span className={indent}>
              <span className="prov prov-e">estimated</span>
            </span>
            <span className={indent}>
              <span className="prov">measured or exact</span>
            </span>
          </div>
          <div className="fl">
            Size, KB
            <br />
            Accuracy, points
            <br />
            Time, ms
          </div>
        </div>
      </td>
      {hidden > 0 && <td role="gridcell" className="hide-narrow" />}
      <td role="gridcell" className="c-last">
        <div className="fc-grid">
          {LINES.map((line) => forecasts.map((forecast) => <Cell key={`${line.id} ${forecast.scheme}`} forecast={forecast} cell={line.cell} />))}
        </div>
      </td>
    </tr>
  );
}

function Cell({ forecast, cell }: { readonly forecast: RungForecast; readonly cell: (forecast: RungForecast) => ForecastCell }) {
  if (forecast.isNow) return <span className="now">now</span>;
  if (forecast.refusal !== null) return <span className="now" aria-label="not available" />;
  const { text, tone, estimated } = cell(forecast);
  return <span className={classes(tone || 'u', estimated && 'est')}>{text}</span>;
}
