import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HostEvent, HostServices } from '../../core/host/contract.ts';
import { connect } from '../../core/rpc/connect.ts';
import type { Client } from '../../core/rpc/pipe.ts';
import { portPipe } from '../../core/rpc/port-pipe.ts';
import type { PortLike } from '../../core/rpc/port-pipe.ts';
import { writePacked } from '../../core/export/packed/write.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { NO_CALIBRATION } from '../../core/runtime/watch.ts';
import { COMPILER } from '../fixtures/c-compiler.ts';
import { createElectronStub } from '../fixtures/electron-stub.ts';
import { plainNetwork } from '../fixtures/networks.ts';

// The main process as it was built, with Electron's API recorded instead of run: what can be known without its program.

const userData = mkdtempSync(join(tmpdir(), 'bitwright-main-'));
process.env['BITWRIGHT_USER_DATA'] = userData;
const stub = createElectronStub(userData);
vi.doMock('electron', () => stub.electron);
const { electron, record } = stub;

beforeAll(async () => {
  await import('../../out/main/index.js' as string);
  await vi.waitFor(() => expect(record.windows).toHaveLength(1));
});
afterAll(() => rmSync(userData, { recursive: true, force: true }));

const contents = (): EventEmitter & { openHandler: (details: { url: string }) => { action: string } } =>
  (record.windows[0]!.window as unknown as { webContents: never }).webContents;

describe('the window', () => {
  it('is the only one, isolated, sandboxed, without Node, and its preferences cannot be changed', () => {
    expect(record.windows).toHaveLength(1);
    const preferences = record.windows[0]!.options['webPreferences'] as Record<string, unknown>;
    expect(preferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      backgroundThrottling: false,
      spellcheck: false,
      devTools: false,
    });
    expect(Object.isFrozen(preferences)).toBe(true);
    expect(preferences['preload']).toMatch(/out[\\/]preload[\\/]index\.cjs$/);
    for (const forbidden of ['enableBlinkFeatures', 'additionalArguments', 'nodeIntegrationInSubFrame']) expect(preferences).not.toHaveProperty(forbidden);
  });

  it('shows the studio page of its own scheme, in a process where the sandbox was switched on first', () => {
    expect(record.sandboxed).toBe(1);
    expect(record.windows[0]!.loaded).toEqual(['bitwright://studio/index.html']);
    expect(record.windows[0]!.options['backgroundColor']).toBe('#111315');
  });

  it('reloads a page that died, but not for ever', () => {
    for (let i = 0; i < 10; i++) contents().emit('render-process-gone', {}, { reason: 'crashed' });
    expect(record.reloads).toBe(3);
    contents().emit('render-process-gone', {}, { reason: 'clean-exit' });
    expect(record.reloads).toBe(3);
  });
});

describe('the scheme', () => {
  it('is registered before the app is ready, with no privilege that it does not need', () => {
    expect(record.readyBeforeSchemes).toBe(false);
    expect(record.schemes).toEqual([
      { scheme: 'bitwright', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true } },
    ]);
    expect([...record.pageHandlers.keys()]).toEqual(['bitwright']);
  });

  it('serves the built page with its policy, and nothing of another host or method', async () => {
    const handle = record.pageHandlers.get('bitwright')!;
    const page = await handle(new Request('bitwright://studio/index.html'));
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<div id="root">');
    const policies = await Promise.all(
      ['bitwright://studio/index.html', 'bitwright://studio/none', 'bitwright://evil/index.html', 'bitwright://studio.evil/index.html', 'bitwright://user@studio/index.html'].map(async (url) => {
        // fetch's own Request refuses credentials in an address; Electron's may not.
        const request = url.includes('@') ? ({ url, method: 'GET' } as Request) : new Request(url);
        const answer = await handle(request);
        return [answer.status, answer.headers.get('content-security-policy')?.includes("default-src 'none'"), answer.headers.get('cross-origin-embedder-policy')];
      }),
    );
    expect(policies).toEqual([200, 404, 404, 404, 404].map((status) => [status, true, 'require-corp']));
    expect((await handle(new Request('bitwright://studio/index.html', { method: 'POST' }))).status).toBe(405);
  });
});

describe('guards', () => {
  const OUTSIDE = ['https://example.com/', 'file:///etc/passwd', 'bitwright://evil/', 'bitwright://studio@evil/', 'javascript:alert(1)', 'data:text/html,x', 'about:blank', 'http://127.0.0.1:5173/', ''];

  it.each(['will-navigate', 'will-frame-navigate', 'will-redirect'])('%s leads nowhere but to the studio page', (name) => {
    const prevented = (url: string): boolean => {
      const event = { url, preventDefault: vi.fn() };
      contents().emit(name, event);
      return event.preventDefault.mock.calls.length === 1;
    };
    expect(OUTSIDE.map(prevented)).toEqual(OUTSIDE.map(() => true));
    expect(prevented('bitwright://studio/index.html#train')).toBe(false);
  });

  it('hold for every web contents that is ever made, not only the first window', () => {
    const other = Object.assign(new EventEmitter(), { setWindowOpenHandler: vi.fn() });
    electron.app.emit('web-contents-created', {}, other);
    expect(other.setWindowOpenHandler).toHaveBeenCalledOnce();
    expect(other.listenerCount('will-navigate')).toBe(1);
    const event = { preventDefault: vi.fn() };
    other.emit('will-attach-webview', event);
    expect(event.preventDefault).toHaveBeenCalledOnce();
  });

  it('no window opens; listed links go to the system browser, everything else nowhere', () => {
    const before = record.opened.length;
    const actions = [...OUTSIDE, 'https://arxiv.org/abs/1603.05279'].map((url) => contents().openHandler({ url }).action);
    expect(new Set(actions)).toEqual(new Set(['deny']));
    expect(record.opened.slice(before)).toEqual(['https://arxiv.org/abs/1603.05279']);
  });

  it('every permission is refused but writing the clipboard, and that only to the studio page', () => {
    const permissions = ['media', 'geolocation', 'notifications', 'midi', 'midiSysex', 'pointerLock', 'fullscreen', 'openExternal', 'clipboard-read', 'display-capture', 'idle-detection', 'fileSystem', 'hid', 'serial', 'usb', 'storage-access', 'window-management', 'unknown', '__proto__', 'clipboard-sanitized-write'];
    const ask = (permission: string, url: string): boolean => {
      let granted: boolean | null = null;
      (record.session.get('request') as unknown as (c: unknown, p: string, d: (g: boolean) => void, i: unknown) => void)(null, permission, (given) => (granted = given), { requestingUrl: url });
      const checked = (record.session.get('check') as unknown as (c: unknown, p: string, o: string) => boolean)(null, permission, url);
      expect(checked, permission).toBe(granted);
      return checked;
    };
    expect(permissions.filter((permission) => ask(permission, 'bitwright://studio/index.html'))).toEqual(['clipboard-sanitized-write']);
    expect(permissions.filter((permission) => ask(permission, 'https://example.com/'))).toEqual([]);
    expect((record.session.get('device') as unknown as () => boolean)()).toBe(false);
    expect(record.session.get('display')).toBeNull();
  });
});

/** Electron's MessagePortMain over a real port. */
class PortMain extends EventEmitter {
  closed = false;
  private readonly port: MessagePort;
  constructor(port: MessagePort) {
    super();
    this.port = port;
    port.on('close', () => this.emit('close'));
  }
  start(): void {
    this.port.on('message', (data: unknown) => this.emit('message', { data }));
  }
  postMessage(message: unknown): void {
    this.port.postMessage(message);
  }
  close(): void {
    this.closed = true;
    this.port.close();
  }
}

const STUDIO_FRAME = { url: 'bitwright://studio/index.html' };

function knock(senderFrame: unknown, mainFrame: unknown = senderFrame, id = 7): { served: PortMain; client: Client<HostServices>; end: () => void } {
  const { port1, port2 } = new MessageChannel();
  const served = new PortMain(port1);
  electron.ipcMain.emit('bitwright:host-port', { ports: [served], senderFrame, sender: { id, mainFrame } });
  return { served, client: connect<HostServices>(portPipe(port2 as unknown as PortLike, { moves: false })), end: () => port2.close() };
}

describe('closing with unsaved work', () => {
  it.each([
    ['stays open where a person keeps working', 0, 0],
    ['closes where a person says so', 1, 1],
  ])('%s', (_what, pressed, leaves) => {
    record.pressed = pressed;
    const event = { preventDefault: vi.fn() };
    contents().emit('will-prevent-unload', event);
    expect(event.preventDefault).toHaveBeenCalledTimes(leaves);
    expect(record.dialogs.at(-1)).toMatchObject({ buttons: ['Keep working', 'Close without saving'], defaultId: 0, cancelId: 0 });
  });
});

describe('the host port', () => {
  it('is the only channel, and answers the main frame of the studio page', async () => {
    expect(electron.ipcMain.eventNames()).toEqual(['bitwright:host-port']);
    const { client, end } = knock(STUDIO_FRAME);
    expect(await client.capabilities(null)).toEqual({ dialogs: true, reveal: true, notify: true, compiler: COMPILER === null ? null : basename(COMPILER) });
    expect(await client.system(null)).toMatchObject({ shell: 'electron', versions: { bitwright: '9.8.7' } });
    end();
  });

  it.skipIf(COMPILER === null)('proves a packed network as C in a thread beside it', async () => {
    const { client, end } = knock(STUDIO_FRAME);
    const packed = writePacked(deploy({ model: plainNetwork(1), plan: {}, calibration: NO_CALIBRATION }));
    await client.stage({ id: 'c'.repeat(32), offset: 0, bytes: packed });
    const { proof, files } = await client.proveC99({ staged: 'c'.repeat(32), name: 'net', samples: null, count: 2 });
    expect(proof).toMatchObject({ equal: true, samples: 2, answersEqual: 2 });
    expect(files.map(({ path }) => path)).toEqual(['net.c', 'net.h', 'net_selftest.c']);
    end();
  });

  it.each<[string, unknown, unknown]>([
    ['a frame that is gone', null, null],
    ['a frame inside the page', STUDIO_FRAME, { url: 'bitwright://studio/index.html' }],
    ['another page', { url: 'https://example.com/' }, undefined],
    ['a page whose address only begins like the studio', { url: 'bitwright://studio.evil/index.html' }, undefined],
    ['an empty page', { url: 'about:blank' }, undefined],
  ])('is closed to %s', (_who, frame, main) => {
    const { served } = knock(frame, main === undefined ? frame : main);
    expect(served.closed).toBe(true);
    expect(served.listenerCount('message')).toBe(0);
  });

  it('survives a message without a port', () => {
    expect(() => electron.ipcMain.emit('bitwright:host-port', { ports: [], senderFrame: STUDIO_FRAME, sender: { id: 1, mainFrame: STUDIO_FRAME } })).not.toThrow();
  });

  it('reads only what a dialog granted, and writes where the person chose', async () => {
    const path = join(userData, 'net.onnx');
    writeFileSync(path, 'bytes');
    record.dialogAnswer = { canceled: false, filePaths: [path] };
    const { client, end } = knock(STUDIO_FRAME);
    const [file] = await client.chooseFiles({ title: 'Open', extensions: ['onnx'], folder: false, multiple: true });
    expect(record.dialogs.at(-1)).toMatchObject({ properties: ['openFile', 'multiSelections'] });
    expect(new TextDecoder().decode((await client.readFile({ handle: file!.handle })).bytes)).toBe('bytes');
    await expect(client.readFile({ handle: '/etc/passwd' })).rejects.toThrow('does not accept');
    record.dialogAnswer = { canceled: true, filePaths: [] };
    expect(await client.writePackage({ folderName: 'x', files: [{ path: 'a', bytes: new Uint8Array(1) }] })).toBeNull();
    end();
  });

  it('saves a project where the native dialog says', async () => {
    const { client, end } = knock(STUDIO_FRAME);
    record.saveAnswer = { canceled: false, filePath: join(userData, 'mine') };
    await client.stage({ id: 's'.repeat(20), offset: 0, bytes: new Uint8Array([1, 2]) });
    const saved = await client.saveProject({ staged: 's'.repeat(20), handle: null, name: 'Digits' });
    expect(record.dialogs.at(-1)).toMatchObject({ defaultPath: 'Digits.bitproj', filters: [{ extensions: ['bitproj'] }] });
    expect(saved!.file.name).toBe('mine.bitproj');
    record.saveAnswer = { canceled: true, filePath: '' };
    await client.stage({ id: 's'.repeat(20), offset: 0, bytes: new Uint8Array([1, 2]) });
    expect(await client.saveProject({ staged: 's'.repeat(20), handle: null, name: 'Digits' })).toBeNull();
    end();
  });

  it('a page that reloads gets a new port and the old one falls silent', async () => {
    const first = knock(STUDIO_FRAME, STUDIO_FRAME, 11);
    await first.client.system(null);
    const second = knock(STUDIO_FRAME, STUDIO_FRAME, 11);
    expect(first.served.listenerCount('message')).toBe(0);
    expect((await second.client.system(null)).shell).toBe('electron');
    second.end();
    first.end();
  });

  it('hands over files of a second start and of the system, and commands of the menu', async () => {
    const path = join(userData, 'second.h5');
    writeFileSync(path, 'x');
    const { client, end } = knock(STUDIO_FRAME, STUDIO_FRAME, 12);
    const seen: HostEvent[] = [];
    const controller = new AbortController();
    const listening = client.events(null, { signal: controller.signal, onProgress: (event) => seen.push(event) });
    electron.app.emit('second-instance', {}, ['/electron', '--flag', 'second.h5', '/etc/passwd'], userData);
    const opened = { preventDefault: vi.fn() };
    electron.app.emit('open-file', opened, path);
    const [menu] = record.menus as { label?: string; submenu?: { label?: string; click?: () => void }[] }[][];
    menu!.find(({ label }) => label === 'File')!.submenu!.find(({ label }) => label === 'Open…')!.click!();
    await vi.waitFor(() => expect(seen).toHaveLength(3));
    expect(opened.preventDefault).toHaveBeenCalledOnce();
    expect(seen.filter(({ kind }) => kind === 'open-files').map((event) => (event.kind === 'open-files' ? event.files.map(({ name }) => name) : []))).toEqual([['second.h5'], ['second.h5']]);
    expect(seen.find(({ kind }) => kind === 'command')).toEqual({ kind: 'command', id: 'open' });
    controller.abort();
    await expect(listening).rejects.toThrow();
    end();
  });
});

describe('the packaged menu', () => {
  it('has no reload and no developer tools', () => {
    expect(JSON.stringify(record.menus)).not.toMatch(/toggleDevTools|"reload"|forceReload/);
  });
});
