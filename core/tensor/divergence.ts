/** KL(softmax(reference) ‖ softmax(candidate)) in nats, from logits; never negative. */
export function softmaxDivergence(reference: ArrayLike<number>, candidate: ArrayLike<number>): number {
  let topReference = Number.NEGATIVE_INFINITY;
  let topCandidate = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < reference.length; c++) {
    topReference = Math.max(topReference, reference[c]);
    topCandidate = Math.max(topCandidate, candidate[c]);
  }
  let sumReference = 0;
  let sumCandidate = 0;
  for (let c = 0; c < reference.length; c++) {
    sumReference += Math.exp(reference[c] - topReference);
    sumCandidate += Math.exp(candidate[c] - topCandidate);
  }
  const logReference = topReference + Math.log(sumReference);
  const logCandidate = topCandidate + Math.log(sumCandidate);
  let divergence = 0;
  for (let c = 0; c < reference.length; c++) {
    const p = reference[c] - logReference;
    divergence += Math.exp(p) * (p - (candidate[c] - logCandidate));
  }
  return Math.max(divergence, 0);
}

export function indexOfLargest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
