import { cellPlaces } from '../analysis/sensitivity/cells.ts';
import { SensitivityScan } from '../analysis/sensitivity/scan.ts';
import { createBreather } from '../base/breathe.ts';
import type { DataSet, PreprocessId } from '../data/data-set.ts';
import { checkFits, sampleSize, samplesOf } from '../data/preprocess.ts';
import type { Model } from '../graph/graph.ts';
import { SCHEME_IDS } from '../schemes/index.ts';
import { withFewerImages } from '../quant/calibrate.ts';
import type { Calibration } from '../quant/calibration.ts';
import { watchFloat } from '../runtime/watch.ts';
import { calibrationSplit, sampleReader } from './batches.ts';
import type { SensitivityCell } from '../analysis/sensitivity/cells.ts';
import type { Jobs } from './contract.ts';

/** Images that re-estimate each of the many cells: a third of what a real deployment takes. */
const RE_ESTIMATION_IMAGES = 32;

export interface ScanSource {
  readonly model: Model;
  readonly calibration: Calibration;
  readonly data: DataSet;
  readonly preprocess: PreprocessId;
  /** Probe images. */
  readonly samples: number;
}

/** A scan over the last of the images that calibration takes the first of. */
export function createScan({ model, calibration, data, preprocess, samples }: ScanSource, breathe: () => Promise<void>): SensitivityScan {
  checkFits(model, data);
  const split = calibrationSplit(data);
  const from = samplesOf(data, split);
  const count = Math.min(samples, from.count);
  const read = sampleReader(data, split, preprocess);
  const first = from.count - count;
  const images = Array.from({ length: count }, (_, i) => read(first + i).slice());
  const labels = from.labels && Array.from(from.labels.subarray(first, first + count));
  const lighter = withFewerImages(calibration, watchFloat(model, 'simd'), sampleSize(data), RE_ESTIMATION_IMAGES);
  return new SensitivityScan({ model, calibration: lighter, images, labels }, breathe);
}

/** The heat map of METHODS §8, cell by cell: alone by rows, without by columns, so that what neighbours share is computed once. */
export const sensitivity: Jobs['sensitivity'] = async ({ model, calibration, data, preprocess, samples, definition = 'alone', known = [] }, { signal, report }) => {
  const scan = createScan({ model, calibration, data, preprocess, samples }, createBreather(signal));
  const places = cellPlaces(model.graph);
  const inOrder = definition === 'alone' ? places : places.toSorted((a, b) => SCHEME_IDS.indexOf(a.scheme) - SCHEME_IDS.indexOf(b.scheme));
  const cells: SensitivityCell[] = known.filter((cell) => cell.definition === definition && places.some((place) => place.layer === cell.layer && place.scheme === cell.scheme));
  const has = (layer: string, scheme: string): boolean => cells.some((cell) => cell.layer === layer && cell.scheme === scheme);
  for (const place of inOrder) {
    if (has(place.layer, place.scheme)) continue;
    const cell = await scan.measure(place, definition);
    cells.push(cell);
    report({ done: cells.length, total: places.length, cell });
  }
  return cells;
};
