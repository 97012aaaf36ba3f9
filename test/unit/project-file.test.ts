import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { StudioError } from '../../core/base/errors.ts';
import { sha256 } from '../../core/base/hash.ts';
import type { OpenedProject } from '../../core/jobs/contract.ts';
import { openProject } from '../../core/jobs/open-project.ts';
import { packProject } from '../../core/jobs/pack-project.ts';
import { readZip } from '../../core/base/zip.ts';
import { writeZip } from '../../core/project/archive.ts';
import { migrate, PROJECT_VERSION } from '../../core/project/migrations.ts';
import { savedProject, type SavedProject } from '../fixtures/saved-project.ts';

const context = { signal: new AbortController().signal, report: () => {} };
const pack = async ({ content }: SavedProject): Promise<Uint8Array> => (await packProject({ ...content, known: null }, context)).document;
const open = (bytes: Uint8Array, fileName = 'a.bitproj'): Promise<OpenedProject> => openProject({ fileName, source: { bytes } }, context);

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

describe('a project file', () => {
  test.each(SEEDS)('gives back every step, network, calibration and result (seed %i)', async (seed) => {
    const saved = await savedProject(seed);
    const opened = await open(await pack(saved));
    expect(opened.index).toBe(saved.index);
    expect(opened.steps).toEqual(saved.steps.map(({ name, project }) => ({ name, project })));
    expect(opened.models).toEqual(saved.content.models);
    expect(opened.calibrations.toSorted((a, b) => (a.hash < b.hash ? -1 : 1))).toEqual(saved.content.calibrations.toSorted((a, b) => (a.hash < b.hash ? -1 : 1)));
    expect(opened.work).toEqual(saved.content.work);
    expect(opened.lost).toBe(0);
  });

  test.each(SEEDS)('has bytes that depend on the content alone, also after being opened (seed %i)', async (seed) => {
    const saved = await savedProject(seed);
    const bytes = await pack(saved);
    const { content } = saved;
    const backwards = <T>(record: Readonly<Record<string, T>>): Record<string, T> => Object.fromEntries(Object.entries(record).reverse());
    const shuffled = {
      ...content,
      models: new Map([...content.models].reverse()),
      calibrations: content.calibrations.toReversed(),
      work: { ...content.work, evaluations: backwards(content.work.evaluations) },
    };
    expect(await pack({ ...saved, content: shuffled })).toEqual(bytes);
    const again = await open(bytes);
    expect(await pack({ ...saved, content: { history: content.history, models: again.models, calibrations: again.calibrations, work: again.work } })).toEqual(bytes);
  });

  it('shares between steps what they share: the graphs, and each variant that a step left alone', async () => {
    const saved = await savedProject(3);
    const { steps } = await open(await pack(saved));
    for (let i = 1; i < steps.length; i++) {
      expect(steps[i].project.source.graph).toBe(steps[0].project.source.graph);
      for (const [id, variant] of Object.entries(steps[i].project.variants)) {
        const alone = saved.steps[i].project.variants[id] === saved.steps[i - 1].project.variants[id];
        if (alone) expect(variant).toBe(steps[i - 1].project.variants[id]);
      }
    }
  });

  it('leaves out blobs that a journal has already, and opens from the pieces', async () => {
    const saved = await savedProject(2);
    const first = await packProject({ ...saved.content, known: [] }, context);
    const second = await packProject({ ...saved.content, known: first.names }, context);
    expect(first.blobs.map(({ name }) => name).toSorted()).toEqual(first.names.toSorted());
    expect(second.blobs).toEqual([]);
    expect(second.document).toEqual(first.document);
    const bare = new Map([...saved.content.models].map(([hash, { graph }]) => [hash, { graph, weights: new Map() }]));
    expect((await packProject({ ...saved.content, models: bare, known: first.names }, context)).document).toEqual(first.document);
    const opened = await openProject({ fileName: 'Recovered', source: { document: second.document, blobs: first.blobs } }, context);
    expect(opened.steps).toEqual((await open(await pack(saved))).steps);
  });

  it('opens without results that were tampered with, and counts them', async () => {
    const saved = await savedProject(1);
    const [key] = Object.keys(saved.content.work.evaluations);
    const evaluations = { ...saved.content.work.evaluations, [key]: { ...saved.content.work.evaluations[key], accuracy: Number.NaN } };
    const opened = await open(await pack({ ...saved, content: { ...saved.content, work: { ...saved.content.work, evaluations } } }));
    expect(opened.lost).toBe(1);
    expect(opened.work.evaluations[key]).toBeUndefined();
    expect(Object.keys(opened.work.evaluations)).toHaveLength(Object.keys(evaluations).length - 1);
  });
});

describe('a project file that is not right', async () => {
  const saved = await savedProject(5);
  const bytes = await pack(saved);
  const entries = readZip(bytes, 'x');
  const stored = JSON.parse(new TextDecoder().decode(entries['project.json'])) as { history: { base: Record<string, unknown>; steps: unknown[] } & Record<string, unknown>; blobs: string[]; networks: Record<string, unknown> } & Record<string, unknown>;
  const sealed = (change: Record<string, unknown>): Uint8Array => {
    const document = new TextEncoder().encode(JSON.stringify({ ...stored, ...change }));
    return writeZip({ ...entries, 'project.json': document, 'project.sha256.txt': new TextEncoder().encode(sha256(document)) });
  };
  const withBase = (change: Record<string, unknown>): Uint8Array => sealed({ history: { ...stored.history, steps: [], index: 0, base: { ...stored.history.base, ...change } } });
  const without = (name: string): Uint8Array => writeZip(Object.fromEntries(Object.entries(entries).filter(([entry]) => entry !== name)));
  const [network] = Object.keys(stored.networks);
  const variants = stored.history.base['variants'] as Record<string, Record<string, unknown>>;
  const circle = { ...variants, v1: { ...variants['v1'], parent: 'v2' }, v2: { ...variants['v1'], id: 'v2', parent: 'v1' } };
  const bent = entries[`blobs/${network}`]!.slice();
  bent[100] ^= 1;

  it.each<[string, Uint8Array, string]>([
    ['cut short', bytes.subarray(0, bytes.length - 40), 'cannot be read as a zip'],
    ['of a newer version', sealed({ version: PROJECT_VERSION + 1 }), 'saved by a newer Bitwright'],
    ['without a version', sealed({ version: null }), 'does not say which version'],
    ['of something else', sealed({ format: 'other' }), 'describes something else'],
    ['whose text was edited', writeZip({ ...entries, 'project.json': new TextEncoder().encode('{}') }), 'project.json is not what was written'],
    ['without its text', without('project.json'), 'it holds no project.json'],
    ['without a network', without(`blobs/${network}`), 'are missing'],
    ['with other weights', writeZip({ ...entries, [`blobs/${network}`]: bent }), 'their hash differs'],
    ['with fewer weights', writeZip({ ...entries, [`blobs/${network}`]: bent.slice(4) }), 'where the network has'],
    ['with a layer that is not there', withBase({ variants: { ...variants, v1: { ...variants['v1'], plan: { nowhere: { scheme: 'int8' } } } } }), 'a layer "nowhere"'],
    ['with an unknown precision', withBase({ variants: { ...variants, v1: { ...variants['v1'], plan: { conv1: { scheme: 'int2' } } } } }), 'has no scheme'],
    ['whose variants are each other’s parents', withBase({ variants: circle, order: ['original', 'v1', 'v2'] }), 'in no order'],
    ['without its original', withBase({ variants: { v1: { ...variants['v1'], parent: null } }, order: ['v1'] }), 'no untouched original'],
    ['with a variant in work that is not there', withBase({ active: 'toString' }), 'the variant in work is missing'],
    ['with a step that changes nothing that exists', sealed({ history: { ...stored.history, steps: [{ name: 'x', changes: [[['a', 'b'], 1]] }], index: 0 } }), 'which is not there'],
    ['with a step into the prototype', sealed({ history: { ...stored.history, steps: [{ name: 'x', changes: [[['__proto__', 'b'], 1]] }], index: 0 } }), 'which is not there'],
    ['that shows a step that is not there', sealed({ history: { ...stored.history, index: 999 } }), 'the step that it shows is missing'],
    ['that is no zip', new Uint8Array([1, 2, 3]), 'cannot be read as a zip'],
  ])('%s is refused with a sentence', async (_what, damaged, sentence) => {
    await expect(open(damaged)).rejects.toThrow(sentence);
    await expect(open(damaged)).rejects.toBeInstanceOf(StudioError);
    await expect(open(damaged)).rejects.toMatchObject({ where: expect.stringContaining('a.bitproj') as string, next: expect.any(String) as string });
  });

  it('is refused before it is unpacked where it says it unpacks to more than can be right', () => {
    const bomb = writeZip({ 'project.txt': new Uint8Array(20_000_000) });
    expect(bomb.length).toBeLessThan(30_000);
    expect(() => readZip(bomb, 'bomb.bitproj', 10_000_000)).toThrow('more than 10000000 bytes');
    expect(() => readZip(bomb, 'bomb.bitproj', 20_000_000)).not.toThrow();
  });
});

describe('migrations', () => {
  it('go one version after the other, and change nothing where the version is the newest', () => {
    const steps = { 1: (stored: object) => ({ ...stored, a: 1 }), 2: (stored: object) => ({ ...stored, b: 2 }) };
    expect(migrate({ version: 1 }, 'x', 3, steps)).toEqual({ version: 3, a: 1, b: 2 });
    expect(migrate({ version: 2 }, 'x', 3, steps)).toEqual({ version: 3, b: 2 });
    const newest = { version: 3 };
    expect(migrate(newest, 'x', 3, steps)).toBe(newest);
    expect(() => migrate({ version: 1 }, 'x', 3, {})).toThrow('of version 1, which cannot be read any more');
  });

  // Written by the studio when version 1 was the newest. Never written again: it stands for the files that people have.
  it('open a file of version 1', async () => {
    const path = join(import.meta.dirname, '..', 'fixtures', 'projects', 'version-1.bitproj');
    const saved = await savedProject(11, 12);
    const opened = await open(readFileSync(path), 'version-1.bitproj');
    expect(opened.steps).toEqual(saved.steps.map(({ name, project }) => ({ name, project })));
    expect(opened.work).toEqual(saved.content.work);
  });
});
