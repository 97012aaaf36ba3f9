import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import { SCHEME_IDS } from '../../../../core/schemes/index.ts';
import { forecastLayer, forecastRung, type RungForecast } from '../../../state/select/forecast.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';

type Known = Parameters<typeof forecastLayer>[2];

/** From this many nodes on, the size of one rung takes about a frame: the rungs are forecast one at a time. */
const ONE_AT_A_TIME = 400;
const NONE: readonly RungForecast[] = [];

/** Forecasts of the layer's rungs; empty until they are made, null without a layer. The choice itself is shown in the frame before. */
export function useForecasts(network: ActiveNetwork, layer: string | null, measured: Known): readonly RungForecast[] | null {
  const isLarge = network.graph.nodes.length > ONE_AT_A_TIME;
  const later = useDeferredValue(network);
  const atOnce = useMemo(() => (layer === null || isLarge ? null : forecastLayer(later, layer, measured)), [later, layer, measured, isLarge]);
  const [made, setMade] = useState<{ readonly layer: string; readonly rungs: readonly RungForecast[] } | null>(null);
  useEffect(() => {
    if (layer === null || !isLarge) return undefined;
    const rungs: RungForecast[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const step = (): void => {
      rungs.push(forecastRung(network, layer, SCHEME_IDS[rungs.length], measured));
      if (rungs.length === SCHEME_IDS.length) setMade({ layer, rungs });
      else timer = setTimeout(step, 0);
    };
    timer = setTimeout(step, REST_MS);
    return () => clearTimeout(timer);
  }, [network, layer, measured, isLarge]);
  if (layer === null) return null;
  return isLarge ? (made?.layer === layer ? made.rungs : NONE) : atOnce;
}

/** Keys that follow one another, as on the way through the rows, need no forecasts between them. */
const REST_MS = 60;
