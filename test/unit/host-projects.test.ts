import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancelledError } from '../../core/base/errors.ts';
import { sha256 } from '../../core/base/hash.ts';
import type { HostServices } from '../../core/host/contract.ts';
import { launchPaths } from '../../electron/host/launch-paths.ts';
import type { HostOptions, ShellPorts } from '../../electron/host/services.ts';
import { startHost } from '../fixtures/host.ts';

const context = { signal: new AbortController().signal, report: () => {} };
let folder = '';
let clock = 0;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bitwright-projects-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = (ports: Partial<ShellPorts> = {}, more: Partial<HostOptions> = {}): HostServices => startHost(folder, () => new Date(Date.UTC(2026, 4, 4) + 1000 * clock++), ports, more);

let staged = 0;
/** Sends the bytes in two pieces. */
async function stage(services: HostServices, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const id = `stage${String(staged++).padStart(20, '0')}`;
  const half = bytes.length >> 1;
  await services.stage({ id, offset: 0, bytes: bytes.slice(0, half) }, context);
  await services.stage({ id, offset: half, bytes: bytes.slice(half) }, context);
  return id;
}

const ID = 'a'.repeat(32);

async function journal(services: HostServices, id: string, text: string, blobs: readonly string[] = []): Promise<void> {
  const names = blobs.map((blob) => sha256(blob));
  const present = await services.journalBlobs({ id }, context);
  for (const [index, name] of names.entries()) if (!present.includes(name)) await services.journalPut({ id, name, staged: await stage(services, blobs[index]!) }, context);
  await services.journalWrite({ id, staged: await stage(services, text), blobs: names, facts: { name: 'Digits' }, handle: null }, context);
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('saving a project', () => {
  it('without a dialog writes into the projects folder, with a number where the name is taken, and over the same file with its handle', async () => {
    const services = start();
    const first = await services.saveProject({ staged: await stage(services, 'one'), handle: null, name: 'Digits' }, context);
    const second = await services.saveProject({ staged: await stage(services, 'two'), handle: null, name: 'Digits' }, context);
    expect([first!.file.name, second!.file.name]).toEqual(['Digits.bitproj', 'Digits 2.bitproj']);
    await services.saveProject({ staged: await stage(services, 'three'), handle: first!.file.handle, name: 'Digits' }, context);
    expect(await readFile(join(folder, 'user', 'projects', 'Digits.bitproj'), 'utf8')).toBe('three');
    expect(textOf((await services.readFile({ handle: first!.file.handle }, context)).bytes)).toBe('three');
    expect((await readdir(join(folder, 'user', 'projects'))).toSorted()).toEqual(['Digits 2.bitproj', 'Digits.bitproj']);
  });

  it('writes a file again that was deleted since, and not through a link that took its place', async () => {
    const services = start();
    const saved = await services.saveProject({ staged: await stage(services, 'one'), handle: null, name: 'Digits' }, context);
    const path = join(folder, 'user', 'projects', 'Digits.bitproj');
    await rm(path);
    await services.saveProject({ staged: await stage(services, 'two'), handle: saved!.file.handle, name: 'Digits' }, context);
    expect(await readFile(path, 'utf8')).toBe('two');
    await rm(path);
    const other = join(folder, 'other.bitproj');
    await writeFile(other, 'precious');
    await symlink(other, path);
    await expect(services.saveProject({ staged: await stage(services, 'x'), handle: saved!.file.handle, name: 'Digits' }, context)).rejects.toThrow('become a link');
    expect(await readFile(other, 'utf8')).toBe('precious');
  });

  it('with a dialog writes where the person says, always as a project, and nowhere when it was dismissed', async () => {
    const asked: unknown[] = [];
    const services = start({ chooseSavePath: async (options) => (asked.push(options), join(folder, 'mine')) });
    const saved = await services.saveProject({ staged: await stage(services, 'x'), handle: null, name: 'Digits' }, context);
    expect(asked).toEqual([{ title: 'Save the project', name: 'Digits', extension: 'bitproj' }]);
    expect(saved!.file.name).toBe('mine.bitproj');
    const dismissed = start({ chooseSavePath: async () => null });
    expect(await dismissed.saveProject({ staged: await stage(dismissed, 'x'), handle: null, name: 'Digits' }, context)).toBeNull();
  });

  it('never replaces a file that is no project, though the page was handed it', async () => {
    const path = join(folder, 'net.onnx');
    await writeFile(path, 'precious');
    const services = start({}, { launchPaths: [path] });
    const [file] = await services.launchFiles(null, context);
    await expect(services.saveProject({ staged: await stage(services, 'x'), handle: file!.handle, name: 'net' }, context)).rejects.toThrow('Only a project is saved over');
    expect(await readFile(path, 'utf8')).toBe('precious');
  });

  it.each(['../escape', 'a/b', 'a\\b', 'C:x', 'nul\u0000', 'a*'])('refuses the name %j', async (name) => {
    const services = start();
    await expect(services.saveProject({ staged: await stage(services, 'x'), handle: null, name }, context)).rejects.toThrow(/name/);
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes pieces in turn, and each stage once', async () => {
    const services = start();
    const id = await stage(services, 'whole');
    await expect(services.stage({ id, offset: 2, bytes: new Uint8Array(1) }, context)).rejects.toThrow('out of turn');
    await expect(services.saveProject({ staged: id, handle: null, name: 'x' }, context)).rejects.toThrow('did not arrive');
    const other = await stage(services, 'whole');
    await services.saveProject({ staged: other, handle: null, name: 'x' }, context);
    await expect(services.saveProject({ staged: other, handle: null, name: 'x' }, context)).rejects.toThrow('did not arrive');
  });
});

describe('unsaved work', () => {
  it('is there after a restart, newest first, with what it is called', async () => {
    const first = start();
    await journal(first, ID, 'old', ['blob']);
    await journal(first, 'b'.repeat(32), 'new');
    const second = start();
    const entries = await second.journals(null, context);
    expect(entries.map(({ id, facts, held, file }) => [id[0], facts['name'], held, file])).toEqual([['b', 'Digits', false, null], ['a', 'Digits', false, null]]);
    const read = await second.journalRead({ id: ID }, context);
    expect(textOf(read.document)).toBe('old');
    expect(read.blobs).toEqual([sha256('blob')]);
    expect(textOf(await second.journalReadBlob({ id: ID, name: read.blobs[0]! }, context))).toBe('blob');
  });

  it('gives way as a whole: the text names its blobs, and those that it no longer names are forgotten', async () => {
    const services = start();
    await journal(services, ID, 'first', ['a', 'b']);
    await journal(services, ID, 'second\nwith a line', ['b', 'c']);
    expect((await services.journalBlobs({ id: ID }, context)).toSorted()).toEqual([sha256('b'), sha256('c')].toSorted());
    expect(textOf((await services.journalRead({ id: ID }, context)).document)).toBe('second\nwith a line');
  });

  it('that names a blob which did not arrive is refused, and what was there stays', async () => {
    const services = start();
    await journal(services, ID, 'first', ['a']);
    const write = services.journalWrite({ id: ID, staged: await stage(services, 'bad'), blobs: [sha256('nowhere')], facts: {}, handle: null }, context);
    await expect(write).rejects.toThrow('did not arrive');
    expect(textOf((await services.journalRead({ id: ID }, context)).document)).toBe('first');
  });

  it('of a page that is open is held, and free when the page has gone', async () => {
    const services = start();
    await journal(services, ID, 'x');
    const page = new AbortController();
    const hold = services.journalHold({ id: ID }, { ...context, signal: page.signal });
    expect((await services.journals(null, context))[0]!.held).toBe(true);
    page.abort();
    await expect(hold).rejects.toBeInstanceOf(CancelledError);
    expect((await services.journals(null, context))[0]!.held).toBe(false);
  });

  it('remembers the file that it goes on from, as a handle', async () => {
    const services = start();
    const saved = await services.saveProject({ staged: await stage(services, 'x'), handle: null, name: 'Digits' }, context);
    await services.journalWrite({ id: ID, staged: await stage(services, 'y'), blobs: [], facts: {}, handle: saved!.file.handle }, context);
    const again = start();
    const [entry] = await again.journals(null, context);
    expect(entry!.file!.name).toBe('Digits.bitproj');
    expect(textOf((await again.readFile({ handle: entry!.file!.handle }, context)).bytes)).toBe('x');
    expect(JSON.stringify(entry)).not.toContain(folder);
  });

  it('killed before its text was written is cleared away, unless a page is at it', async () => {
    const services = start();
    const page = new AbortController();
    const hold = services.journalHold({ id: ID }, { ...context, signal: page.signal });
    await services.journalPut({ id: ID, name: sha256('a'), staged: await stage(services, 'a') }, context);
    expect(await services.journals(null, context)).toEqual([]);
    expect(await services.journalBlobs({ id: ID }, context)).toHaveLength(1);
    page.abort();
    await hold.catch(() => {});
    expect(await services.journals(null, context)).toEqual([]);
    expect(await services.journalBlobs({ id: ID }, context)).toHaveLength(0);
  });

  it('does not pile up: of many the oldest give way', async () => {
    const services = start();
    for (let i = 0; i < 23; i++) await journal(services, String(i).padStart(20, '0'), `text ${i}`);
    const left = await services.journals(null, context);
    expect(left).toHaveLength(20);
    expect(left.at(-1)!.id).toBe('3'.padStart(20, '0'));
  });

  it('that was dropped is gone, and a damaged one is not offered', async () => {
    const services = start();
    await journal(services, ID, 'x');
    await services.journalDrop({ id: ID }, context);
    await expect(services.journalRead({ id: ID }, context)).rejects.toThrow('no longer there');
    await mkdir(join(folder, 'user', 'journals', ID), { recursive: true });
    await writeFile(join(folder, 'user', 'journals', ID, 'journal'), '{"savedAt":');
    expect(await services.journals(null, context)).toEqual([]);
  });
});

describe('data sets', () => {
  it('are found again after a restart by their hash, and not when a file of them has gone', async () => {
    const paths = await Promise.all(['images.gz', 'labels.gz'].map(async (name) => (await writeFile(join(folder, name), name), join(folder, name))));
    const services = start({}, { launchPaths: paths });
    const files = await services.launchFiles(null, context);
    await services.noteDataFiles({ hash: 'digits', handles: files.map(({ handle }) => handle) }, context);
    const again = start();
    const found = await again.findDataFiles({ hash: 'digits' }, context);
    expect(found.map(({ name }) => name)).toEqual(['images.gz', 'labels.gz']);
    expect(textOf((await again.readFile({ handle: found[1]!.handle }, context)).bytes)).toBe('labels.gz');
    expect(await again.findDataFiles({ hash: 'toString' }, context)).toEqual([]);
    await rm(paths[0]!);
    expect(await start().findDataFiles({ hash: 'digits' }, context)).toEqual([]);
  });
});

describe('arguments', () => {
  it.each<[keyof HostServices, unknown]>([
    ['journalRead', { id: '../settings' }],
    ['journalPut', { id: ID, name: '../../x', staged: ID }],
    ['journalReadBlob', { id: ID, name: 'short' }],
    ['journalWrite', { id: ID, staged: ID, blobs: ['x'], facts: {}, handle: null }],
    ['stage', { id: ID, offset: -1, bytes: new Uint8Array(1) }],
    ['stage', { id: ID, offset: 0, bytes: [1] }],
    ['saveProject', { staged: ID, handle: '/etc/passwd', name: 'x' }],
    ['noteDataFiles', { hash: 'x', handles: ['/etc/passwd'] }],
  ])('%s refuses %j', async (name, arg) => {
    const services = start() as unknown as Record<string, (arg: unknown, context: unknown) => Promise<unknown>>;
    await expect(services[name]!(arg, context)).rejects.toThrow('does not accept');
  });

  it('a project named on the command line is opened', () => {
    expect(launchPaths(['bitwright', 'a.bitproj', 'b.txt'], '/x', () => true)).toEqual([join('/x', 'a.bitproj')]);
  });
});
