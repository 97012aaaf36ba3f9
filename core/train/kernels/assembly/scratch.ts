/** The area that a thread has to itself: the training kernels get the address of a word that holds its address. */
// @inline
export function scratchAt(slot: usize): usize {
  return load<usize>(slot);
}
