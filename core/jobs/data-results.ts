import type { NamedFinding } from '../data/checks/index.ts';
import type { DataSet, NamedFile, PreprocessId } from '../data/data-set.ts';
import type { TriedPreprocess } from '../data/tried.ts';
import type { Model } from '../graph/graph.ts';
import type { Grid } from '../quant/calibration.ts';

export interface DataToOpen {
  readonly files: readonly NamedFile[];
  readonly model?: Model;
  /** Of one sample as the network takes it, where the network itself is not tried. Default: the model's. */
  readonly shape?: readonly number[];
  /** The column of a table that holds the class: its name, or its number from 1. Default: it is looked for. */
  readonly label?: string;
  /** Of the input, where the network's file states it: signed bytes are codes on it and become the numbers that they stand for. */
  readonly inputGrid?: Grid;
}

export interface OpenedDataSet {
  readonly data: DataSet;
  readonly preprocess: PreprocessId;
  /** Empty without a model or without labels. */
  readonly tried: readonly TriedPreprocess[];
}

/** Mean KL(float32 ‖ int8) in nats after calibration on so many samples. */
export interface CalibrationPoint {
  readonly samples: number;
  readonly divergence: number;
}

export interface DataCheckResult {
  readonly findings: readonly NamedFinding[];
  /** Empty without a network. */
  readonly curve: readonly CalibrationPoint[];
}
