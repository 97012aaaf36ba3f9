import type { WeightFormula } from '../quant/formula.ts';

/** ŵ = α·code with codes that do not depend on α: ∂ŵ/∂α = code (Bulat and Tzimiropoulos 2019, XNOR-Net++, §3.2). */
export const LEARNED_LEVEL: WeightFormula['learnedScale'] = {
  slope: (_ops, _weights, _scale, { codes }) => codes,
  factor: () => 1,
};
