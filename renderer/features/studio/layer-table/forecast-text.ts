import { about, MISSING } from '../../../../core/base/format.ts';
import type { Change, RungForecast } from '../../../state/select/forecast.ts';
import { formats, signedKilobytes } from '../../../ui/format.ts';

export interface ForecastCell {
  readonly text: string;
  readonly tone: 'better' | 'worse' | '';
  readonly estimated: boolean;
}

const UNKNOWN: ForecastCell = { text: MISSING, tone: '', estimated: false };

export function sizeCell(forecast: RungForecast): ForecastCell {
  const { sizeBytes } = forecast;
  return { text: signedKilobytes(sizeBytes), tone: sizeBytes < 0 ? 'better' : sizeBytes > 0 ? 'worse' : '', estimated: false };
}

export function accuracyCell({ accuracy }: RungForecast): ForecastCell {
  return accuracy ? cell(accuracy, accuracy.change * 100, 1, 'more') : UNKNOWN;
}

export function timeCell({ milliseconds }: RungForecast): ForecastCell {
  if (!milliseconds) return UNKNOWN;
  return cell(milliseconds, milliseconds.change, Math.abs(milliseconds.change) < 9.995 ? 2 : 1, 'less');
}

function cell(change: Change, value: number, decimals: number, wanted: 'more' | 'less'): ForecastCell {
  const text = formats.signed(value, decimals);
  const none = text.startsWith('±');
  const good = wanted === 'more' ? value > 0 : value < 0;
  return { text, tone: none ? '' : good ? 'better' : 'worse', estimated: !change.measured };
}

/** For the name of a rung: "size −2.30 KB, accuracy about −0.7 points, time about −0.06 ms". */
export function spokenForecast(forecast: RungForecast): string {
  if (forecast.isNow || forecast.refusal !== null) return '';
  const parts = [`size ${sizeCell(forecast).text} KB`];
  const accuracy = accuracyCell(forecast);
  if (accuracy !== UNKNOWN) parts.push(`accuracy ${accuracy.estimated ? 'about ' : ''}${accuracy.text} points`);
  const time = timeCell(forecast);
  if (time !== UNKNOWN) parts.push(`time ${time.estimated ? 'about ' : ''}${time.text} ms`);
  return parts.join(', ');
}

export function marked({ text, estimated }: ForecastCell): string {
  return estimated ? about(text) : text;
}
