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

/** What a run says while it goes on; at most four times a second. */
export interface TrainingReport {
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly stage: string;
  /** Mean since the last report. */
  readonly loss: number;
  readonly learningRate: number;
  readonly trainAccuracy: number;
  readonly validationAccuracy?: number;
  readonly teacherAccuracy?: number;
  readonly validationSamples?: number;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
  readonly layers: readonly LayerHealth[];
  readonly checkpoint?: Uint8Array;
}

export interface HistoryEntry {
  readonly step: number;
  /** Mean since the entry before. */
  readonly loss: number;
  readonly validationAccuracy: number | null;
}
