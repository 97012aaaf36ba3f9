import { SCHEME_IDS, SCHEMES } from '../../../../core/schemes/index.ts';
import { tokenColour } from '../../../ui/colours.ts';
import { precisionClass } from '../../../ui/precision.ts';

/** Colours of one theme, looked up once, so that a frame asks the style sheet nothing. */
export interface Palette {
  readonly well: string;
  readonly panel: string;
  readonly raised: string;
  readonly line: string;
  readonly lineStrong: string;
  readonly edge: string;
  readonly ink1: string;
  readonly ink2: string;
  readonly ink3: string;
  readonly accent: string;
  /** From best to worst. */
  readonly heat: readonly string[];
  /** By place on the ladder. */
  readonly rungs: readonly { readonly letter: string; readonly fill: string; readonly on: string; readonly soft: string }[];
  readonly font: string;
  readonly strongFont: string;
}

export const HEAT_STEPS = 5;

export function readPalette(): Palette {
  const { fontFamily } = getComputedStyle(document.body);
  return {
    well: tokenColour('--bg-well'),
    panel: tokenColour('--bg-panel'),
    raised: tokenColour('--bg-raised'),
    line: tokenColour('--line'),
    lineStrong: tokenColour('--line-strong'),
    edge: tokenColour('--edge'),
    ink1: tokenColour('--ink-1'),
    ink2: tokenColour('--ink-2'),
    ink3: tokenColour('--ink-3'),
    accent: tokenColour('--accent'),
    heat: Array.from({ length: HEAT_STEPS }, (_, step) => tokenColour(`--heat-${step}`)),
    rungs: SCHEME_IDS.map((id) => {
      const token = `--${precisionClass(id)}`;
      return { letter: SCHEMES[id].letter, fill: tokenColour(token), on: tokenColour(`${token}-on`), soft: tokenColour(`${token}-soft`) };
    }),
    font: `11px ${fontFamily}`,
    strongFont: `600 11px ${fontFamily}`,
  };
}

/** Steps of a short scale are spread over all colours. */
export function heatOf(step: number, steps: number): number {
  return steps < 2 ? 0 : Math.round((step * (HEAT_STEPS - 1)) / (steps - 1));
}
