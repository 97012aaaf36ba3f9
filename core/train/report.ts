/** How a layer's codes do while they are trained. */
export interface LayerHealth {
  readonly layer: string;
  /** Share of the codes that one step changed; null where the weights are real. */
  readonly flipRatio: number | null;
  /** Mean relative change of the scales since the start. */
  readonly scaleDrift: number;
  /** Signal to quantisation noise of the weights, dB. */
  readonly sqnr: number;
}

/** What a run says while it goes on; at most four times a second, and at the end of each epoch. */
export interface TrainingReport {
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly stage: string;
  /** What is being done now: steps, or what stands between and behind them. */
  readonly activity: 'training' | 'validating' | 're-estimating' | 'measuring';
  /** Mean since the last report. */
  readonly loss: number;
  readonly learningRate: number;
  readonly trainAccuracy: number;
  /** Present when an epoch has just been validated. */
  readonly validationAccuracy?: number;
  /** Of the teacher on the same samples; absent without labels. */
  readonly teacherAccuracy?: number;
  readonly validationSamples?: number;
  readonly imagesPerSecond: number;
  /** Until the result is there: validation, re-estimation and the measurement of the deployed network are part of it. */
  readonly secondsLeft: number;
  readonly layers: readonly LayerHealth[];
  /** Present in the first report of a run that was taken up again: everything up to there. */
  readonly history?: readonly HistoryEntry[];
  /** Present when a checkpoint was made; pass it back as `resume`. */
  readonly checkpoint?: Uint8Array;
}

export interface HistoryEntry {
  readonly step: number;
  /** Means since the entry before. */
  readonly loss: number;
  readonly trainAccuracy: number;
  /** Of the last step. */
  readonly learningRate: number;
  readonly stage: string;
  readonly validationAccuracy: number | null;
  /** What a person changed here before the run went on: "Learning rate 0.003 → 0.001". */
  readonly changes?: readonly string[];
}
