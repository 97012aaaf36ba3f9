import { shellWord } from '../../core/base/shell-word.ts';

/** The command line's own words as data: help, parser and completion of a command all read the same rows. */
export interface OptionRow {
  /** Text after the option in help, e.g. "PATH"; null for a switch. */
  readonly value: string | null;
  readonly help: string;
  /** May stand without its value, as a switch. A value follows as --name=VALUE, or as the next word once all positionals are there. */
  readonly optional?: boolean;
  readonly choices?: readonly string[];
  readonly required?: boolean;
  /** For whole numbers: the smallest allowed. */
  readonly minimum?: number;
}

export interface CommandWords {
  readonly name: string;
  readonly summary: string;
  /** Names of what stands without a dash; a name in brackets may be left out, one with dots may repeat. */
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, OptionRow>>;
  /** Options of which exactly one, or at most one, may be given. */
  readonly oneOf?: { readonly options: readonly string[]; readonly required: boolean };
  readonly examples: readonly string[];
}

export interface ParsedArguments {
  readonly positionals: readonly string[];
  readonly text: (name: string) => string | null;
  readonly flag: (name: string) => boolean;
  readonly number: (name: string, otherwise: number) => number;
  /** What was typed, as a shell reads it. */
  readonly command: string;
}

/** The command was called in a way it does not have: exit code 2. */
export class UsageError extends Error {}

export function parseArguments(words: CommandWords, argv: readonly string[]): ParsedArguments {
  const values = new Map<string, string | true>();
  const positionals: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i];
    if (argument === '--') {
      positionals.push(...argv.slice(i + 1));
      break;
    }
    if (!argument.startsWith('-') || argument === '-') {
      positionals.push(argument);
      continue;
    }
    const [name, joined] = splitOption(argument);
    const row = Object.hasOwn(words.options, name) ? words.options[name] : undefined;
    if (!row || !argument.startsWith('--')) throw unknownOption(words, argument);
    if (values.has(name)) throw new UsageError(`--${name} is given twice.`);
    if (row.value === null) values.set(name, takeSwitch(name, joined));
    else if (row.optional && joined === undefined && !takesNext(words, positionals, argv[i + 1])) values.set(name, true);
    else values.set(name, checked(name, row, joined ?? argv[++i]));
  }
  checkPresence(words, positionals, values);
  return {
    positionals,
    text: (name) => {
      const value = values.get(name);
      return typeof value === 'string' ? value : null;
    },
    flag: (name) => values.get(name) === true,
    number: (name, otherwise) => (values.has(name) ? Number(values.get(name)) : otherwise),
    command: ['bitwright', words.name, ...argv].map(shellWord).join(' '),
  };
}

/** Before that, the next word is a positional. */
function takesNext(words: CommandWords, positionals: readonly string[], next: string | undefined): boolean {
  return next !== undefined && !next.startsWith('-') && positionals.length >= words.positionals.length;
}

function splitOption(argument: string): readonly [string, string | undefined] {
  const text = argument.replace(/^--?/, '');
  const equals = text.indexOf('=');
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

function takeSwitch(name: string, joined: string | undefined): true {
  if (joined !== undefined) throw new UsageError(`--${name} is a switch and takes no value.`);
  return true;
}

function checked(name: string, row: OptionRow, value: string | undefined): string {
  if (value === undefined || (value.startsWith('--') && value.length > 2)) throw new UsageError(`--${name} needs a value: --${name} ${row.value}.`);
  if (row.choices && !row.choices.includes(value)) throw new UsageError(`--${name} is one of ${row.choices.join(', ')}, not "${value}".`);
  if (row.minimum !== undefined && !(/^\d+$/.test(value) && Number.isSafeInteger(Number(value)) && Number(value) >= row.minimum)) {
    throw new UsageError(`--${name} is a whole number from ${row.minimum} up, not "${value}".`);
  }
  return value;
}

function checkPresence(words: CommandWords, positionals: readonly string[], values: ReadonlyMap<string, unknown>): void {
  const required = words.positionals.filter((name) => !name.startsWith('['));
  if (positionals.length < required.length) throw new UsageError(`${words.name} needs ${required[positionals.length]}.`);
  const repeats = words.positionals.some((name) => name.includes('…'));
  if (positionals.length > words.positionals.length && !repeats) {
    throw new UsageError(`${words.name} does not know what to do with "${positionals[words.positionals.length]}".`);
  }
  const missing = Object.entries(words.options).find(([name, row]) => row.required && !values.has(name));
  if (missing) throw new UsageError(`${words.name} needs --${missing[0]} ${missing[1].value}.`);
  const given = words.oneOf?.options.filter((name) => values.has(name)) ?? [];
  if (given.length > 1) throw new UsageError(`Only one of ${given.map((name) => `--${name}`).join(' and ')} can be given.`);
  if (words.oneOf?.required && given.length === 0) throw new UsageError(`${words.name} needs ${words.oneOf.options.map((name) => `--${name}`).join(' or ')}.`);
}

function unknownOption(words: CommandWords, argument: string): UsageError {
  const known = Object.keys(words.options).map((name) => `--${name}`);
  return new UsageError(`${words.name} does not know ${argument}; it knows ${known.join(', ') || 'no options'}.`);
}

function optionText(name: string, { value, optional }: OptionRow): string {
  if (value === null) return `--${name}`;
  return optional ? `--${name} [${value}]` : `--${name} ${value}`;
}

export function usageOf({ name, positionals, options }: CommandWords): string {
  const parts = Object.entries(options).map(([option, row]) => {
    const text = optionText(option, row);
    return row.required ? text : `[${text}]`;
  });
  return ['bitwright', name, ...positionals, ...parts].join(' ');
}

export function helpOf(words: CommandWords): string {
  const rows = Object.entries(words.options).map(([option, row]) => {
    const left = optionText(option, row);
    return `  ${left.padEnd(22)} ${row.help}${row.choices ? ` (${row.choices.join(', ')})` : ''}`;
  });
  return [words.summary, '', `Usage: ${usageOf(words)}`, '', ...rows, '', 'Examples:', ...words.examples.map((example) => `  ${example}`), ''].join('\n');
}
