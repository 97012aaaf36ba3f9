/** One result per argument object, kept as long as the object lives. */
export function memoisePerObject<A extends object, R>(compute: (argument: A) => R): (argument: A) => R {
  const known = new WeakMap<A, { readonly result: R }>();
  return (argument) => {
    let entry = known.get(argument);
    if (!entry) known.set(argument, (entry = { result: compute(argument) }));
    return entry.result;
  };
}

/** Remembers the last call only: for selectors with several inputs that change together. */
export function memoiseLast<A extends readonly unknown[], R>(compute: (...args: A) => R): (...args: A) => R {
  let last: { readonly args: A; readonly result: R } | null = null;
  return (...args) => {
    const previous = last;
    if (previous && previous.args.length === args.length && previous.args.every((value, index) => Object.is(value, args[index]))) return previous.result;
    const result = compute(...args);
    last = { args, result };
    return result;
  };
}
