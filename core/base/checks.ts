/** Says what is wrong with a value that was read, and where; null where it fits. */
export type Check = (value: unknown, where: string) => string | null;

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

export const anything: Check = () => null;
export const flag: Check = (value, where) => (typeof value === 'boolean' ? null : `${where} is not true or false`);
export const finite: Check = (value, where) => (typeof value === 'number' && Number.isFinite(value) ? null : `${where} is not a number`);

export function text(longest = 1000): Check {
  return (value, where) => (typeof value === 'string' && value.length <= longest ? null : `${where} is not a text of at most ${longest} characters`);
}

export function integer(lowest: number, highest: number): Check {
  return (value, where) => (Number.isInteger(value) && (value as number) >= lowest && (value as number) <= highest ? null : `${where} is not a whole number from ${lowest} to ${highest}`);
}

export function matching(pattern: RegExp, what: string): Check {
  return (value, where) => (typeof value === 'string' && pattern.test(value) ? null : `${where} is not ${what}`);
}

export function oneOf(values: readonly unknown[]): Check {
  return (value, where) => (values.includes(value) ? null : `${where} is none of ${values.join(', ')}`);
}

export function nullable(check: Check): Check {
  return (value, where) => (value === null ? null : check(value, where));
}

export function optional(check: Check): Check {
  return (value, where) => (value === undefined ? null : check(value, where));
}

export function listOf(check: Check, most: number): Check {
  return (value, where) => {
    if (!Array.isArray(value) || value.length > most) return `${where} is not a list of at most ${most}`;
    return first(value.entries(), ([index, item]) => check(item, `${where}[${index}]`));
  };
}

export function recordOf(check: Check, most: number): Check {
  return (value, where) => {
    if (!isRecord(value)) return `${where} is not a record`;
    const entries = Object.entries(value);
    if (entries.length > most) return `${where} has more than ${most} entries`;
    // Copying such a field with an assignment would change what the copy inherits.
    return first(entries, ([name, item]) => (name === '__proto__' ? `${where} has a field called "__proto__"` : check(item, `${where}.${name}`)));
  };
}

/** Every field of the type has a check; others may be there and are not looked at. */
export function fields<T>(checks: { readonly [K in keyof Required<T>]: Check }): Check {
  const all = Object.entries<Check>(checks);
  return (value, where) => (isRecord(value) ? first(all, ([name, check]) => check(value[name], `${where}.${name}`)) : `${where} is not a record`);
}

export function instanceOf(type: new (...args: never[]) => unknown): Check {
  return (value, where) => (value instanceof type ? null : `${where} is not a ${type.name}`);
}

function first<T>(items: Iterable<T>, check: (item: T) => string | null): string | null {
  for (const item of items) {
    const problem = check(item);
    if (problem !== null) return problem;
  }
  return null;
}
