const buffersOf = new WeakMap<object, readonly ArrayBuffer[]>();

/**
 * Marks a result or a progress value: these buffers inside it move to the other side instead of being copied, and are
 * empty here afterwards. Only for buffers that nothing else holds.
 */
export function moving<T extends object>(value: T, buffers: readonly ArrayBuffer[]): T {
  buffersOf.set(value, buffers);
  return value;
}

export function takeMoving(value: unknown): readonly ArrayBuffer[] {
  return typeof value === 'object' && value !== null ? (buffersOf.get(value) ?? []) : [];
}
