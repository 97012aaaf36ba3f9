import { describe, expect, it } from 'vitest';
import { buildIsStale, chooseShell, installIsCurrent, parseLaunchArguments, problemOf, sandboxArguments } from '../../electron/launch/decide.mjs';
import { launchPaths } from '../../electron/host/launch-paths.ts';
import { browserCandidates, findBrowser, hasDisplay, windowArguments } from '../../electron/launch/browser.mjs';

describe('npm start', () => {
  const lock = { packages: { '': {}, 'node_modules/react': { version: '19.3.1' }, 'node_modules/fsevents': { version: '2.3.3', optional: true } } };

  it('installs when packages are absent, older, or newly asked for; not for packages of other systems', () => {
    expect(installIsCurrent(lock, null)).toBe(false);
    expect(installIsCurrent(lock, {})).toBe(false);
    expect(installIsCurrent(lock, { packages: {} })).toBe(false);
    expect(installIsCurrent(lock, { packages: { 'node_modules/react': { version: '19.0.0' } } })).toBe(false);
    expect(installIsCurrent(lock, { packages: { 'node_modules/react': { version: '19.3.1' } } })).toBe(true);
  });

  it('builds when there is no build or a source is newer', () => {
    expect(buildIsStale(10, null)).toBe(true);
    expect(buildIsStale(10, 9)).toBe(true);
    expect(buildIsStale(9, 10)).toBe(false);
  });

  it('reads its own switches and the files to open, and names what it does not know', () => {
    expect(parseLaunchArguments(['--web', 'a.onnx', '--no-open', 'b.h5'])).toEqual({ web: true, noOpen: true, files: ['a.onnx', 'b.h5'], unknown: [] });
    expect(parseLaunchArguments(['--wbe']).unknown).toEqual(['--wbe']);
  });

  const facts = { web: false, noOpen: false, hasDisplay: true, electron: '/electron', electronProblem: null };
  it('opens Electron where it can', () => {
    expect(chooseShell(facts)).toEqual({ shell: 'electron', sentence: null });
  });
  it('opens the loopback shell where it was asked to, without a word', () => {
    expect(chooseShell({ ...facts, web: true })).toEqual({ shell: 'loopback', sentence: null });
    expect(chooseShell({ ...facts, noOpen: true })).toEqual({ shell: 'loopback', sentence: null });
  });
  it('opens the loopback shell where Electron cannot be had, and says why in one sentence', () => {
    const chosen = chooseShell({ ...facts, electron: null, electronProblem: 'fetch failed' });
    expect(chosen.shell).toBe('loopback');
    expect(chosen.sentence).toContain('fetch failed');
    expect(chosen.sentence!.match(/\./g)).toHaveLength(1);
    expect(chooseShell({ ...facts, hasDisplay: false }).sentence).toContain('no display');
  });

  it('names the cause of a failed download from the output of the installer', () => {
    const output = 'TypeError: fetch failed\n    at node:internal/deps/undici/undici:13502:13\n  [cause]: Error: getaddrinfo ENOTFOUND github.com';
    expect(problemOf(output, false)).toBe('fetch failed');
    expect(problemOf('', false)).toBe('its installer failed');
    expect(problemOf(output, true)).toContain('too long');
  });

  it('gives up the sandbox only as root, and says so', () => {
    expect(sandboxArguments(false)).toEqual({ args: [], sentence: null });
    expect(sandboxArguments(true).args).toEqual(['--no-sandbox']);
    expect(sandboxArguments(true).sentence).toContain('root');
  });
});

describe('the browser window', () => {
  it('is looked for where each system keeps browsers', () => {
    expect(browserCandidates('linux', { PATH: '/a:/b' }).slice(0, 2)).toEqual(['/a/chromium', '/b/chromium']);
    expect(browserCandidates('darwin', { HOME: '/Users/x' })).toContain('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome');
    expect(browserCandidates('win32', { ProgramFiles: 'C:\\Programs' })).toContain('C:\\Programs\\Microsoft\\Edge\\Application\\msedge.exe');
    expect(browserCandidates('linux', { BITWRIGHT_BROWSER: '/x/chrome', PATH: '/a' })).toEqual(['/x/chrome']);
  });

  it('is the first that runs, or none', () => {
    expect(findBrowser('linux', { PATH: '/a:/b' }, (path) => path === '/b/google-chrome')).toBe('/b/google-chrome');
    expect(findBrowser('linux', { PATH: '/a' }, () => false)).toBeNull();
  });

  it('needs a display on Linux', () => {
    expect(hasDisplay('linux', {})).toBe(false);
    expect(hasDisplay('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(true);
    expect(hasDisplay('darwin', {})).toBe(true);
  });

  it('has a profile of its own and keeps its sandbox unless root', () => {
    const args = windowArguments('http://127.0.0.1:1/#token=x', '/profile', false);
    expect(args[0]).toBe('--app=http://127.0.0.1:1/#token=x');
    expect(args).toContain('--user-data-dir=/profile');
    expect(args).not.toContain('--no-sandbox');
    expect(windowArguments('x', '/p', true)).toContain('--no-sandbox');
  });
});

describe('files named at the start', () => {
  it('are existing files of kinds that the studio opens, not switches or folders', () => {
    const argv = ['/electron', '/app', '--no-sandbox', 'net.onnx', '/data/train-images-idx3-ubyte.gz', 'notes.txt', 'gone.h5', '--inspect=x.onnx'];
    const exists = (path: string): boolean => !path.includes('gone');
    expect(launchPaths(argv, '/home/a', exists)).toEqual(['/home/a/net.onnx', '/data/train-images-idx3-ubyte.gz']);
  });
});
