import { StudioError } from '../base/errors.ts';
import { isRecord } from '../base/checks.ts';

/** Sets the value at a path of field names, or removes the field where there is none. */
export type Change = readonly [path: readonly string[], value: unknown] | readonly [path: readonly string[]];

/** Plain data; a field that is undefined counts as absent. What both share by identity costs nothing. Lists change as a whole. */
export function changesBetween(before: object, after: object): readonly Change[] {
  const changes: Change[] = [];
  collect(before as Record<string, unknown>, after as Record<string, unknown>, [], changes);
  return changes;
}

function collect(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>, path: readonly string[], changes: Change[]): void {
  for (const name of Object.keys(before)) if (before[name] !== undefined && after[name] === undefined) changes.push([[...path, name]]);
  for (const [name, value] of Object.entries(after)) {
    const old = before[name];
    if (value === undefined || old === value) continue;
    if (isRecord(old) && isRecord(value)) collect(old, value, [...path, name], changes);
    else if (!(Array.isArray(old) && Array.isArray(value) && JSON.stringify(old) === JSON.stringify(value))) changes.push([[...path, name], value]);
  }
}

/** Copies only what lies on the paths, so that what did not change stays shared. */
export function withChanges(before: object, changes: readonly Change[]): object {
  return changes.reduce((record, change) => changed(record as Record<string, unknown>, change, 0), before);
}

function changed(record: Readonly<Record<string, unknown>>, change: Change, depth: number): Record<string, unknown> {
  const [path] = change;
  const name = path[depth];
  if (name === undefined || name === '__proto__') throw impossible(path);
  const { [name]: old, ...others } = record;
  if (depth === path.length - 1) return change.length === 1 ? others : { ...record, [name]: change[1] };
  if (!Object.hasOwn(record, name) || !isRecord(old)) throw impossible(path);
  return { ...record, [name]: changed(old, change, depth + 1) };
}

const impossible = (path: readonly string[]): StudioError => new StudioError(`A step changes "${path.join('.').slice(0, 200)}", which is not there.`);
