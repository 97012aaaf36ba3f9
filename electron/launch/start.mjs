// npm start [-- --web] [--no-open] [FILE …]: the studio from a bare clone.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { hasDisplay } from './browser.mjs';
import { chooseShell, parseLaunchArguments, sandboxArguments } from './decide.mjs';
import { ROOT, ensureBuilt, ensureInstalled, fail, requireNode } from './prepare.mjs';

requireNode();
const flags = parseLaunchArguments(process.argv.slice(2));
if (flags.unknown.length > 0) fail(`npm start does not know ${flags.unknown.join(' ')}; it takes --web, --no-open and files to open.`);
ensureInstalled();
ensureBuilt();

const display = hasDisplay(process.platform, process.env);
const wantsElectron = !flags.web && !flags.noOpen && display;
const { findElectron } = await import('./electron-program.mjs');
const found = wantsElectron ? findElectron() : { electron: null, electronProblem: null };
const { shell, sentence } = chooseShell({ ...flags, hasDisplay: display, ...found });
if (sentence) console.log(sentence);
if (shell === 'electron') await openElectron(found.electron);
else await openLoopback();

async function openElectron(program) {
  const sandbox = sandboxArguments(process.getuid?.() === 0);
  if (sandbox.sentence) console.log(sandbox.sentence);
  const startedMs = Date.now();
  const { code, error } = await run(program, [ROOT, ...sandbox.args, ...flags.files]);
  if (code === 0) return;
  // A program that never came up (a library of the system is missing) is no reason to leave the person without one.
  if (Date.now() - startedMs > 10_000) process.exit(code ?? 1);
  console.log(`Electron did not start (${error?.message ?? `exit code ${code}`}), so the same studio opens in a browser window.`);
  await openLoopback();
}

async function openLoopback() {
  const options = flags.noOpen ? [] : ['--open'];
  const { code } = await run(process.execPath, [join(ROOT, 'out', 'cli', 'bitwright.js'), 'serve', ...options, ...flags.files]);
  process.exit(code ?? 1);
}

function run(program, args) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit' });
    // A terminal sends Ctrl-C to the child as well, and a second one would end it at once: here it is only waited for.
    process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.once('error', (error) => resolve({ code: 1, error }));
    child.once('exit', (code) => resolve({ code, error: null }));
  });
}
