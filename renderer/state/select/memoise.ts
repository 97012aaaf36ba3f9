/** One result per argument object, kept as long as the object lives. */
export function memoisePerObject<A extends object, R>(compute: (argument: A) => R): (argument: A) => R {
  const known = new WeakMap<A, { readonly result: R }>();
  return (argument) => {
    let entry = known.get(argument);
    if (!entry) known.set(argument, (entry = { result: compute(argument) }));
    return entry.result;
  };
}
