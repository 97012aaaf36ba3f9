/**
 * Slope of the line that stands for a sign, between limits of −1 and 1: with a term of 1 (−1 where 0 counts as negative), for any
 * float32 of 2^-63 and more on either side, and for 0, the answer is the sign itself.
 */
export const STEEP = 2 ** 64;
