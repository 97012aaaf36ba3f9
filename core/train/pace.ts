/** Work that is still to be done, in the units that `Pace` has measured. */
export interface WorkLeft {
  readonly steps: number;
  /** Passes over the held-out samples, each of them counted. */
  readonly validations: number;
  /** Forward passes of a training batch. */
  readonly forwardBatches: number;
  /** Held-out samples that the deployed network is measured on. */
  readonly deployedSamples: number;
}

/** Least weight of the newest step: before, all count alike. */
const NEWEST = 0.05;
/** Of a step without its backward pass and the optimiser; until a validation has been measured. */
const FORWARD_SHARE = 0.35;

/** Measures what a step and a validation take, and forecasts from it. Seconds. */
export class Pace {
  secondsPerStep = 0;
  private secondsPerSample = 0;
  private steps = 0;
  private readonly batch: number;
  private readonly validationSamples: number;

  constructor(batch: number, validationSamples: number) {
    this.batch = batch;
    this.validationSamples = validationSamples;
  }

  /** Everything between two steps counts except validation: reports, health and checkpoints slow a run as well. */
  stepped(seconds: number): void {
    // The first step also allocates and compiles: it stands only until there is a second.
    const weight = this.steps < 2 ? 1 : Math.max(1 / this.steps, NEWEST);
    this.secondsPerStep += weight * (seconds - this.secondsPerStep);
    this.steps++;
  }

  validated(seconds: number): void {
    if (this.validationSamples > 0) this.secondsPerSample = seconds / this.validationSamples;
  }

  get imagesPerSecond(): number {
    return this.secondsPerStep > 0 ? this.batch / this.secondsPerStep : 0;
  }

  secondsLeft({ steps, validations, forwardBatches, deployedSamples }: WorkLeft): number {
    const perSample = this.secondsPerSample || (FORWARD_SHARE * this.secondsPerStep) / this.batch;
    const samples = validations * this.validationSamples + forwardBatches * this.batch + deployedSamples;
    return steps * this.secondsPerStep + samples * perSample;
  }
}
