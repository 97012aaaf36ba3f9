import { CancelledError, StudioError, describeError } from '../../core/base/errors.ts';
import { UsageError, helpOf, parseArguments, usageOf } from './arguments.ts';
import type { Command } from './command.ts';
import { bench } from './commands/bench.ts';
import { evaluate } from './commands/evaluate.ts';
import { exportCommand } from './commands/export.ts';
import { inspect } from './commands/inspect.ts';
import { quantize } from './commands/quantize.ts';
import { replay } from './commands/replay.ts';
import { search } from './commands/search.ts';
import { serve } from './commands/serve.ts';
import { train } from './commands/train.ts';
import type { Terminal } from './terminal.ts';
import { VERSION } from './version.ts';

export const COMMANDS: readonly Command[] = [inspect, evaluate, quantize, search, train, bench, exportCommand, replay, serve];

/** 130 is what shells expect of a program that Ctrl-C ended. */
export const EXIT = { ok: 0, failed: 1, usage: 2, cancelled: 130 } as const;

export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') return helpAll(rest, terminal, name === undefined);
  if (name === '--version' || name === '-v') {
    terminal.print(VERSION);
    return EXIT.ok;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (!command) {
    terminal.say(`bitwright does not know "${name}"; it knows ${COMMANDS.map((known) => known.name).join(', ')}. See bitwright --help.`);
    return EXIT.usage;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.print(helpOf(command));
    return EXIT.ok;
  }
  return runCommand(command, rest, terminal);
}

async function runCommand(command: Command, argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await command.run(parseArguments(command, argv), terminal);
    return EXIT.ok;
  } catch (error) {
    terminal.progress.clear();
    if (error instanceof UsageError) {
      terminal.say(`${error.message}\nUsage: ${usageOf(command)}`);
      return EXIT.usage;
    }
    if (error instanceof CancelledError || terminal.signal.aborted) {
      terminal.say('Stopped.');
      return EXIT.cancelled;
    }
    terminal.say(describeError(error));
    // A sentence for what a person can act on; the place in the code for what only we can.
    if (!(error instanceof StudioError) && error instanceof Error) terminal.say(error.stack ?? '');
    return EXIT.failed;
  }
}

function helpAll([topic]: readonly string[], terminal: Terminal, isUsageError: boolean): number {
  const command = COMMANDS.find((candidate) => candidate.name === topic);
  const rows = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`);
  const text = command
    ? helpOf(command)
    : ['Bitwright: networks at fewer bits, from the terminal.', '', 'Usage: bitwright COMMAND …', '', ...rows, '', 'bitwright COMMAND --help says more.', ''].join('\n');
  if (!isUsageError) terminal.print(text);
  else terminal.say(text);
  return isUsageError ? EXIT.usage : EXIT.ok;
}
