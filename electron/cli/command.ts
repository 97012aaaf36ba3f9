import type { CommandWords, ParsedArguments } from './arguments.ts';
import type { Terminal } from './terminal.ts';

export interface Command extends CommandWords {
  readonly run: (args: ParsedArguments, terminal: Terminal) => Promise<void>;
}

export const JSON_OPTION = { json: { value: null, help: 'Print one JSON object instead of text.' } } as const;

/** Typed arrays as lists. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (ArrayBuffer.isView(inner) ? [...(inner as unknown as Iterable<number>)] : inner), 1);
}

export function printJson(terminal: Terminal, value: unknown): void {
  terminal.print(jsonText(value));
}
