#!/usr/bin/env node
import { EXIT, runCommandLine } from './main.ts';
import { createProgress } from './terminal.ts';

const interrupted = new AbortController();
process.on('SIGINT', () => {
  // The first asks politely, so that a checkpoint is left; the second does not wait for it.
  if (interrupted.signal.aborted) process.exit(EXIT.cancelled);
  interrupted.abort();
});
process.on('SIGTERM', () => interrupted.abort());
// `bitwright inspect … | head` closes our output early: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed));

const progress = createProgress(process.stderr);
const code = await runCommandLine(process.argv.slice(2), {
  print: (text) => void process.stdout.write(`${text}\n`),
  say(text) {
    progress.clear();
    process.stderr.write(`${text}\n`);
  },
  progress,
  signal: interrupted.signal,
});
// Lets what is still in the pipe reach its reader, then ends whatever a library left running.
process.stdout.write('', () => process.exit(code));
