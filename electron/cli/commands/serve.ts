import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createEventHub } from '../../host/event-hub.ts';
import { createHandles } from '../../host/handles.ts';
import { launchPaths } from '../../host/launch-paths.ts';
import { createPageHandler } from '../../host/page.ts';
import { createHostServices } from '../../host/services.ts';
import { userDataFolder } from '../../host/user-data.ts';
import { findBrowser, hasDisplay, windowArguments } from '../../launch/browser.mjs';
import { startLoopback } from '../../loopback/server.ts';
import type { Loopback } from '../../loopback/server.ts';
import type { Command } from '../command.ts';
import { PAGE_FOLDER, PROOF_THREAD } from '../places.ts';
import type { Terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';

export const serve: Command = {
  name: 'serve',
  summary: 'The studio as a page of this machine: on 127.0.0.1 only, for whoever has the printed address.',
  positionals: ['[FILE…]'],
  options: {
    open: { value: null, help: 'Open a browser window (Chromium, Chrome or Edge).' },
    port: { value: 'N', help: 'A fixed port; a free one where left out.', minimum: 1 },
  },
  examples: ['bitwright serve', 'bitwright serve --open resnet8.h5'],
  async run(args, terminal) {
    const userData = userDataFolder(process.platform, process.env);
    const services = createHostServices({
      userData,
      shell: 'loopback',
      version: VERSION,
      // Links open in the browser that shows the page; it asks for this only where it cannot.
      ports: { openLink: async () => {} },
      handles: createHandles(),
      events: createEventHub(),
      launchPaths: launchPaths(['serve', ...args.positionals], process.cwd()),
      now: () => new Date(),
      proofThread: PROOF_THREAD,
    });
    const loopback = await startLoopback(createPageHandler(PAGE_FOLDER), services, args.number('port', 0));
    const ends = new AbortController();
    terminal.signal.addEventListener('abort', () => ends.abort(), { once: true });
    const opened = args.flag('open') && (await openWindow(loopback, join(userData, 'window'), terminal, () => ends.abort()));
    if (!opened) printAddress(loopback, terminal);
    await new Promise<void>((resolve) => ends.signal.addEventListener('abort', () => resolve(), { once: true }));
    process.stdin.pause();
    await loopback.close();
  },
};

/** An address works once; each Enter prints another. */
function printAddress(loopback: Loopback, terminal: Terminal): void {
  terminal.say('The studio runs on this machine until Ctrl-C. This address opens it once; press Enter for another:');
  terminal.print(loopback.newAddress());
  process.stdin.on('data', () => terminal.print(loopback.newAddress()));
  process.stdin.on('error', () => {});
}

async function openWindow(loopback: Loopback, profile: string, terminal: Terminal, whenClosed: () => void): Promise<boolean> {
  if (!hasDisplay(process.platform, process.env)) {
    terminal.say('There is no display here.');
    return false;
  }
  const browser = findBrowser(process.platform, process.env);
  if (browser === null) {
    terminal.say('No Chromium, Chrome or Edge was found (BITWRIGHT_BROWSER can name one): open the address in a browser yourself.');
    return false;
  }
  await mkdir(profile, { recursive: true });
  const isRoot = process.getuid?.() === 0;
  if (isRoot) terminal.say('Running as root: Chromium cannot use its sandbox, so --no-sandbox is added.');
  const window = spawn(browser, windowArguments(loopback.newAddress(), profile, isRoot), { stdio: 'ignore' });
  terminal.signal.addEventListener('abort', () => window.kill(), { once: true });
  window.once('error', (error) => {
    terminal.say(`The browser did not start (${error.message}).`);
    printAddress(loopback, terminal);
  });
  window.once('exit', whenClosed);
  return true;
}
