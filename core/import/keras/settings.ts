import { StudioError } from '../../base/errors.ts';
import { NotRunnable } from '../importer.ts';

export type Json = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The settings of one layer, read by name; a value of another kind than expected is refused with the layer's name. */
export interface Settings {
  readonly json: Json;
  number(name: string, fallback: number): number;
  text(name: string, fallback: string): string;
  flag(name: string, fallback: boolean): boolean;
  /** One number for both directions, or two. */
  pair(name: string, fallback: readonly [number, number]): readonly [number, number];
  fail(reason: string): never;
}

export function createSettings(json: Json, layer: string, file: string): Settings {
  const fail = (reason: string): never => {
    throw new StudioError(`Layer "${layer}" of ${file} ${reason}.`, { where: `${file}, layer "${layer}"`, next: 'Save the network again with model.save().' });
  };
  const read = <T>(name: string, fallback: T, kind: string, fits: (value: unknown) => value is T): T => {
    const value = json[name];
    if (value === undefined || value === null) return fallback;
    return fits(value) ? value : fail(`has ${name} = ${JSON.stringify(value)?.slice(0, 60)}, which is not ${kind}`);
  };
  const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
  return {
    json,
    fail,
    number: (name, fallback) => read(name, fallback, 'a number', isNumber),
    text: (name, fallback) => read(name, fallback, 'a text', (value): value is string => typeof value === 'string'),
    flag: (name, fallback) => read(name, fallback, 'true or false', (value): value is boolean => typeof value === 'boolean'),
    pair(name, fallback) {
      const value = json[name];
      if (value === undefined || value === null) return fallback;
      if (isNumber(value)) return [value, value];
      if (Array.isArray(value) && value.length === 2 && value.every(isNumber)) return [value[0], value[1]];
      return fail(`has ${name} = ${JSON.stringify(value)?.slice(0, 60)}, which is not one or two numbers`);
    },
  };
}

export function requireChannelsLast(settings: Settings): void {
  const format = settings.text('data_format', 'channels_last');
  if (format !== 'channels_last') throw new NotRunnable(`data_format ${format}`);
}
