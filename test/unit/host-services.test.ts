import { mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancelledError, StudioError } from '../../core/base/errors.ts';
import type { HostEvent, HostServices } from '../../core/host/contract.ts';
import { writeFileAtomic, writePackageAtomic } from '../../electron/host/atomic.ts';
import { createEventHub } from '../../electron/host/event-hub.ts';
import { allowedLink } from '../../electron/host/links.ts';
import type { HostOptions, ShellPorts } from '../../electron/host/services.ts';
import { userDataFolder } from '../../electron/host/user-data.ts';
import { startHost } from '../fixtures/host.ts';

const context = { signal: new AbortController().signal, report: () => {} };
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bitwright-host-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = (ports: Partial<ShellPorts> = {}, more: Partial<HostOptions> = {}): HostServices => startHost(folder, () => new Date('2026-05-04T03:02:01Z'), ports, more);

const write = async (name: string, text = 'model'): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

describe('files', () => {
  it('a file chosen in a dialog is read by its handle; a made-up handle or a path is refused', async () => {
    const path = await write('net.onnx', 'onnx bytes');
    const services = start({ chooseFiles: async () => [path] });
    const [file] = await services.chooseFiles({ title: 'Open', extensions: ['onnx'], folder: false, multiple: true }, context);
    expect(file).toMatchObject({ name: 'net.onnx', sizeBytes: 10 });
    const read = await services.readFile({ handle: file!.handle }, context);
    expect(new TextDecoder().decode(read.bytes)).toBe('onnx bytes');
    expect(Object.getPrototypeOf(read.bytes)).toBe(Uint8Array.prototype);
    await expect(services.readFile({ handle: 'A'.repeat(22) }, context)).rejects.toThrow('not opened in this session');
    await expect(services.readFile({ handle: path }, context)).rejects.toThrow('does not accept');
  });

  it('a granted file that was replaced by a link, moved or deleted is refused with a sentence', async () => {
    const path = await write('net.onnx');
    const secret = await write('secret.txt', 'secret');
    const services = start({}, { launchPaths: [path] });
    const [file] = await services.launchFiles(null, context);
    await rename(path, `${path}.old`);
    await expect(services.readFile({ handle: file!.handle }, context)).rejects.toThrow('no longer there');
    await symlink(secret, path);
    await expect(services.readFile({ handle: file!.handle }, context)).rejects.toThrow('become a link');
  });

  it('a chosen folder hands over its files, not hidden ones and not those of inner folders', async () => {
    const data = join(folder, 'cifar');
    await mkdir(join(data, 'inner'), { recursive: true });
    for (const name of ['b.bin', 'a.bin', '.hidden']) await writeFile(join(data, name), name);
    await writeFile(join(data, 'inner', 'c.bin'), 'c');
    const services = start({ chooseFiles: async () => [data] });
    const files = await services.chooseFiles({ title: 'Data', extensions: [], folder: true, multiple: false }, context);
    expect(files.map((file) => file.name)).toEqual(['a.bin', 'b.bin']);
  });

  it('a chosen folder hands over the images of its folders, named with them', async () => {
    const pets = join(folder, 'pets');
    await mkdir(join(pets, 'train', 'cat'), { recursive: true });
    await mkdir(join(pets, 'train', 'cat', 'deeper', 'still'), { recursive: true });
    for (const name of ['b.PNG', 'a.jpg', 'notes.txt']) await writeFile(join(pets, 'train', 'cat', name), name);
    await writeFile(join(pets, 'train', 'cat', 'deeper', 'still', 'c.png'), 'c');
    const services = start({ chooseFiles: async () => [pets] });
    const files = await services.chooseFiles({ title: 'Data', extensions: [], folder: true, multiple: false }, context);
    expect(files.map((file) => file.name)).toEqual(['pets/train/cat/a.jpg', 'pets/train/cat/b.PNG']);
    await services.noteDataFiles({ hash: 'pets', handles: files.map(({ handle }) => handle) }, context);
    expect((await start({}).findDataFiles({ hash: 'pets' }, context)).map((file) => file.name)).toEqual(['a.jpg', 'b.PNG']);
  });

  it('names on the command line that are gone are left out', async () => {
    const path = await write('net.onnx');
    const services = start({}, { launchPaths: [join(folder, 'gone.onnx'), path] });
    expect((await services.launchFiles(null, context)).map((file) => file.name)).toEqual(['net.onnx']);
  });
});

describe('packages', () => {
  const files = [
    { path: 'network.bitw', bytes: new Uint8Array([1, 2]) },
    { path: 'runtime/read.me.txt', bytes: new Uint8Array([3]) },
  ];

  it('go to the exports folder where there is no dialog, and a second one gets a number', async () => {
    const services = start();
    const first = await services.writePackage({ folderName: 'digits', files }, context);
    const second = await services.writePackage({ folderName: 'digits', files }, context);
    expect(first!.folder).toBe(join(folder, 'user', 'exports', 'digits'));
    expect(second!.folder).toBe(join(folder, 'user', 'exports', 'digits 2'));
    expect([...(await readFile(join(second!.folder, 'runtime', 'read.me.txt')))]).toEqual([3]);
    expect((await readdir(join(folder, 'user', 'exports'))).sort()).toEqual(['digits', 'digits 2']);
  });

  it('go where the person chose, and nowhere when the dialog was dismissed', async () => {
    const target = join(folder, 'out');
    const services = start({ chooseFiles: async () => [], chooseFolder: async () => target });
    expect((await services.writePackage({ folderName: 'digits', files }, context))!.folder).toBe(join(target, 'digits'));
    const dismissed = start({ chooseFiles: async () => [], chooseFolder: async () => null });
    expect(await dismissed.writePackage({ folderName: 'digits', files }, context)).toBeNull();
  });

  it('a package that fails in the middle leaves nothing behind', async () => {
    const parent = join(folder, 'out');
    // The second file needs a folder where the first is a file.
    const clashing = [{ path: 'a', bytes: new Uint8Array(1) }, { path: 'a/b', bytes: new Uint8Array(1) }];
    await expect(writePackageAtomic(parent, 'digits', clashing)).rejects.toThrow();
    expect(await readdir(parent)).toEqual([]);
  });

  it.each(['../escape', '/etc/passwd', 'a//b', 'a\\b', 'C:x', 'a/./b', 'nul\u0000', 'trailing.', 'trailing '])('refuse the file name %j', async (path) => {
    const services = start();
    await expect(services.writePackage({ folderName: 'digits', files: [{ path, bytes: new Uint8Array(1) }] }, context)).rejects.toBeInstanceOf(StudioError);
    await expect(services.writePackage({ folderName: path, files }, context)).rejects.toBeInstanceOf(StudioError);
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuse two files of one name, also where only the case differs', async () => {
    const twice = [{ path: 'A.bin', bytes: new Uint8Array(1) }, { path: 'a.bin', bytes: new Uint8Array(1) }];
    await expect(start().writePackage({ folderName: 'x', files: twice }, context)).rejects.toThrow('same name');
  });

  it('a folder that may not be written to is a sentence with a next step', async () => {
    const blocked = await write('file');
    await expect(writePackageAtomic(join(blocked, 'inner'), 'x', files)).rejects.toMatchObject({ name: 'StudioError', next: expect.stringContaining('another place') });
  });

  it('a file is replaced whole, and no temporary file stays', async () => {
    const path = join(folder, 'settings.json');
    await Promise.all([writeFileAtomic(path, 'first'), writeFileAtomic(path, 'second')]);
    await writeFileAtomic(path, 'third');
    expect(await readFile(path, 'utf8')).toBe('third');
    expect(await readdir(folder)).toEqual(['settings.json']);
  });
});

describe('recents and settings', () => {
  it('survive a restart, newest first, with a new handle and a mark on what is gone', async () => {
    const [a, b] = [await write('a.onnx'), await write('b.h5')];
    const first = start({}, { launchPaths: [a, b] });
    for (const file of await first.launchFiles(null, context)) {
      await first.recentsNote({ handle: file.handle, kind: 'model', facts: { accuracy: 0.9 } }, context);
    }
    await first.settingsWrite({ theme: 'dark', panels: { left: 240 } }, context);
    await rm(a);
    const second = start();
    const recents = await second.recentsRead(null, context);
    expect(recents.map(({ name, exists }) => [name, exists])).toEqual([['b.h5', true], ['a.onnx', false]]);
    expect(recents[0]).toMatchObject({ kind: 'model', openedAt: '2026-05-04T03:02:01.000Z', facts: { accuracy: 0.9 } });
    expect((await second.readFile({ handle: recents[0]!.handle }, context)).name).toBe('b.h5');
    await expect(second.readFile({ handle: recents[1]!.handle }, context)).rejects.toThrow('no longer there');
    expect(await second.settingsRead(null, context)).toEqual({ theme: 'dark', panels: { left: 240 } });
    expect(JSON.stringify(recents)).not.toContain(folder);
  });

  it('notes written at the same time are all kept', async () => {
    const paths = await Promise.all(Array.from({ length: 8 }, (_, i) => write(`${i}.onnx`)));
    const services = start({}, { launchPaths: paths });
    const files = await services.launchFiles(null, context);
    await Promise.all(files.map((file) => services.recentsNote({ handle: file.handle, kind: 'model', facts: {} }, context)));
    expect(await services.recentsRead(null, context)).toHaveLength(8);
  });

  it('a damaged file is set aside, not lost', async () => {
    await mkdir(join(folder, 'user'));
    await writeFile(join(folder, 'user', 'settings.json'), '{"theme":');
    expect(await start().settingsRead(null, context)).toEqual({});
    expect(await readFile(join(folder, 'user', 'settings.json.damaged'), 'utf8')).toBe('{"theme":');
  });
});

describe('arguments', () => {
  it.each<[keyof HostServices, unknown]>([
    ['capabilities', {}],
    ['readFile', { handle: 'x'.repeat(22), path: '/etc/passwd' }],
    ['readFile', { handle: { toString: () => 'x' } }],
    ['settingsWrite', { '../theme': 'dark' }],
    ['settingsWrite', { theme: () => 1 }],
    ['recentsNote', { handle: 'x'.repeat(22), kind: 'secret', facts: {} }],
    ['writePackage', { folderName: 'a', files: [] }],
    ['writePackage', { folderName: 'a', files: [{ path: 'a', bytes: [1, 2] }] }],
    ['chooseFiles', { title: 'x', extensions: ['../*'], folder: false, multiple: false }],
    ['openLink', { url: 'https://arxiv.org/', newWindow: true }],
  ])('%s refuses %j', async (name, arg) => {
    const services = start({ chooseFiles: async () => [] }) as unknown as Record<string, (arg: unknown, context: unknown) => Promise<unknown>>;
    await expect(services[name]!(arg, context)).rejects.toThrow('does not accept');
  });

  it('texts longer than any person writes are refused', async () => {
    const services = start({ chooseFiles: async () => [] });
    await expect(services.notify({ title: 'x', body: 'y'.repeat(2000) }, context)).rejects.toThrow('does not accept');
    await expect(services.chooseFiles({ title: 'x'.repeat(300), extensions: [], folder: false, multiple: false }, context)).rejects.toThrow('does not accept');
    await expect(services.openLink({ url: `https://arxiv.org/${'a'.repeat(3000)}` }, context)).rejects.toThrow('does not accept');
  });

  it('a setting called __proto__ changes no prototype and is not kept', async () => {
    const services = start();
    await services.settingsWrite(JSON.parse('{"__proto__":{"admin":true},"theme":"dark"}') as Record<string, unknown>, context);
    const kept = await services.settingsRead(null, context);
    expect(Object.keys(kept)).toEqual(['theme']);
    expect((kept as { admin?: boolean }).admin).toBeUndefined();
  });

  it('settings larger than a mebibyte are refused', async () => {
    await expect(start().settingsWrite({ big: 'x'.repeat(2 ** 20) }, context)).rejects.toThrow('too large');
  });
});

describe('links', () => {
  it.each(['https://arxiv.org/abs/1603.05279', 'https://github.com/onnx/onnx', 'https://doi.org/10.1/x?y=1#z'])('%s is opened', (url) => {
    expect(allowedLink(url)).toBe(url);
  });

  it.each([
    'http://arxiv.org/', 'javascript:alert(1)', 'file:///etc/passwd', 'smb://server/share', 'ms-msdt:/id', 'data:text/html,x', 'https://user@arxiv.org/',
    'https://arxiv.org:8443/', 'https://arxiv.org.evil.example/', 'https://evil.example/?arxiv.org', ' https://arxiv.org/', 'https://arxiv.org/\n', 'https:arxiv.org',
    'https:///arxiv.org/', 'https://аrxiv.org/', 'https://xn--rxiv-63d.org/', 'https://ARXIV.ORG/', 'https://arxiv.org\\@evil.example/', 'https://arxiv%2eorg/', '//arxiv.org', '',
  ])('%j is not', (url) => {
    expect(allowedLink(url)).toBeNull();
  });

  it('only a listed link reaches the system', async () => {
    const opened: string[] = [];
    const services = start({ openLink: async (url) => void opened.push(url) });
    await services.openLink({ url: 'https://arxiv.org/abs/1603.05279' }, context);
    await expect(services.openLink({ url: 'file:///bin/sh' }, context)).rejects.toThrow('not one that the studio opens');
    expect(opened).toEqual(['https://arxiv.org/abs/1603.05279']);
  });
});

describe('events', () => {
  it('what happened before the page listened is not lost, and listening ends with the call', async () => {
    const events = createEventHub();
    const services = start({}, { events });
    events.emit({ kind: 'command', id: 'open' });
    const controller = new AbortController();
    const seen: HostEvent[] = [];
    const call = services.events(null, { signal: controller.signal, report: (event) => seen.push(event) });
    events.emit({ kind: 'command', id: 'undo' });
    controller.abort();
    await expect(call).rejects.toBeInstanceOf(CancelledError);
    expect(seen).toEqual([{ kind: 'command', id: 'open' }, { kind: 'command', id: 'undo' }]);
  });
});

describe('the machine', () => {
  it('is described with its real processor and memory', async () => {
    const facts = await start().system(null, context);
    expect(facts).toMatchObject({ shell: 'loopback', versions: { bitwright: '1.2.3', node: process.versions.node } });
    expect(facts.cores).toBeGreaterThan(0);
    expect(facts.memoryBytes).toBeGreaterThan(2 ** 28);
  });

  it('says which dialogs it has', async () => {
    expect(await start().capabilities(null, context)).toEqual({ dialogs: false, reveal: false, notify: false, compiler: null });
    const all = start({ chooseFiles: async () => [], chooseFolder: async () => null, reveal: async () => {}, notify: async () => {} });
    expect(await all.capabilities(null, context)).toEqual({ dialogs: true, reveal: true, notify: true, compiler: null });
  });

  it('keeps its data where each system keeps such data', () => {
    expect(userDataFolder('linux', {}, '/home/a')).toBe('/home/a/.config/Bitwright');
    expect(userDataFolder('linux', { XDG_CONFIG_HOME: '/x' }, '/home/a')).toBe('/x/Bitwright');
    expect(userDataFolder('darwin', {}, '/Users/a')).toBe('/Users/a/Library/Application Support/Bitwright');
    expect(userDataFolder('linux', { BITWRIGHT_USER_DATA: '/y' }, '/home/a')).toBe('/y');
  });
});
