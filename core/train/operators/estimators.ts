/** What stands for the derivative of sign(x) in the backward pass; forward it is always the sign (METHODS §2). */
export interface SignEstimator {
  /** Its number in the compiled kernels. */
  readonly code: number;
  readonly label: string;
  readonly paper: string;
  /** What changes over the run, 0 to 1: the `strength` that `slope` is given. */
  readonly strength: (progress: number) => number;
  readonly slope: (x: number, strength: number) => number;
}

const SWISH_BETA = 5;
/** EDE's sharpness at the beginning and at the end of a run. */
const EDE = { first: 0.1, last: 10 } as const;
/** ReSTE: where the slope stops growing towards 0, where it ends, and the exponent's denominator at the end. */
const RESTE = { flat: 0.1, limit: 1.5, last: 3 } as const;

const constant = (): number => 1;

/** The page reads this table: it must not import the training library. */
export const SIGN_ESTIMATORS = {
  approximate: {
    code: 0,
    label: 'ApproxSign, 2 − 2|x|',
    paper: 'Liu et al. 2018, Bi-Real Net, eq. 8',
    strength: constant,
    slope: (x) => 2 * Math.max(1 - Math.abs(x), 0),
  },
  clipped: {
    code: 1,
    label: 'Clipped identity',
    paper: 'Hubara et al. 2016, Binarized Neural Networks, eq. 4',
    strength: constant,
    slope: (x) => Number(Math.abs(x) <= 1),
  },
  swish: {
    code: 2,
    label: 'SwishSign',
    paper: 'Darabi et al. 2018, BNN+, eq. 4',
    strength: () => SWISH_BETA,
    slope: (x, beta) => (beta * (2 - beta * x * Math.tanh((beta * x) / 2))) / (1 + Math.cosh(beta * x)),
  },
  ede: {
    code: 3,
    label: 'EDE, sharper step by step',
    paper: 'Qin et al. 2020, IR-Net, eq. 8–10',
    strength: (progress) => EDE.first * (EDE.last / EDE.first) ** progress,
    slope: (x, t) => {
      const tanh = Math.tanh(t * x);
      return Math.max(1 / t, 1) * t * (1 - tanh * tanh);
    },
  },
  reste: {
    code: 4,
    label: 'ReSTE, a root of rising order',
    paper: 'Wu et al. 2023, Estimator Meets Equilibrium Perspective (ReSTE), eq. 9–12',
    strength: (progress) => 1 + (1 - Math.cos((Math.PI * progress) / 2)) * (RESTE.last - 1),
    slope: (x, order) => {
      const magnitude = Math.abs(x);
      if (magnitude > RESTE.limit) return 0;
      // Below, the root itself is replaced by a line through 0.
      if (magnitude <= RESTE.flat) return RESTE.flat ** (1 / order) / RESTE.flat;
      return magnitude ** ((1 - order) / order) / order;
    },
  },
} as const satisfies Readonly<Record<string, SignEstimator>>;

export type SignEstimatorId = keyof typeof SIGN_ESTIMATORS;
