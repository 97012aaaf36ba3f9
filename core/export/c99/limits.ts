/** How far a number of a float layer may be from the studio's, as a share of the largest: the order of a sum is the kernel's own. */
export const FLOAT_TOLERANCE = 1e-5;
/** Most axes of a tensor that transpose, slice and pad take. */
export const MOST_AXES = 6;
