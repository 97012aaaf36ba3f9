import { describe, expect, it, test } from 'vitest';
import { StudioError } from '../../core/base/errors.ts';
import { sha256 } from '../../core/base/hash.ts';
import { createRandom } from '../../core/base/random.ts';
import { openProject } from '../../core/jobs/open-project.ts';
import { packProject } from '../../core/jobs/pack-project.ts';
import { readZip } from '../../core/base/zip.ts';
import { writeZip } from '../../core/project/archive.ts';
import { fuzzRounds } from '../fixtures/fuzz-rounds.ts';
import { savedProject } from '../fixtures/saved-project.ts';
import { MUTATIONS } from './mutations.ts';

const SEED = 4711;
/** Longest that one damaged file may take. */
const LIMIT_MS = 2000;

const context = { signal: new AbortController().signal, report: () => {} };
const { content } = await savedProject(SEED, 10);
const good = (await packProject({ ...content, known: null }, context)).document;
const entries = readZip(good, 'good.bitproj');

/** Either a project that opens, or a sentence with a place and a next step. Anything else is a defect. */
async function open(bytes: Uint8Array): Promise<'opened' | 'refused'> {
  const startMs = performance.now();
  try {
    await openProject({ fileName: 'bent.bitproj', source: { bytes } }, context);
    return 'opened';
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    expect(error.message).toMatch(/[.)]$/);
    expect(error.where, error.message).toBeTruthy();
    expect(error.next, error.message).toBeTruthy();
    return 'refused';
  } finally {
    expect(performance.now() - startMs).toBeLessThan(LIMIT_MS);
  }
}

describe(`damaged projects are refused with a sentence or open as they were (seed ${SEED})`, () => {
  it.each(MUTATIONS)('$name', async ({ apply }) => {
    const random = createRandom(SEED);
    let refused = 0;
    for (let round = 0; round < fuzzRounds(25); round++) if ((await open(apply(good, random))) === 'refused') refused++;
    expect(refused).toBeGreaterThan(10);
  });

  test('a flipped bit anywhere never opens as another project', async () => {
    const random = createRandom(SEED);
    const steps = (await openProject({ fileName: 'good', source: { bytes: good } }, context)).steps;
    for (let round = 0; round < fuzzRounds(60); round++) {
      const bytes = good.slice();
      bytes[random.integer(0, bytes.length)] ^= 1 << random.integer(0, 8);
      const opened = await openProject({ fileName: 'bent', source: { bytes } }, context).catch(() => null);
      if (opened) expect(opened.steps).toEqual(steps);
    }
  });

  test('a text that was changed under a right hash is refused or opens; it never crashes', async () => {
    const random = createRandom(SEED);
    const text = new TextDecoder().decode(entries['project.json']);
    const values = ['null', '-1', '1e999', '"__proto__"', '{}', '[]', '"original"', 'true', '9007199254740993'];
    let refused = 0;
    for (let round = 0; round < fuzzRounds(150); round++) {
      const places = [...text.matchAll(/(?<=[:[,] ?)("[^"]*"|-?\d[\d.e+-]*|null|true)(?=[,\]}\n])/g)];
      const place = random.pick(places);
      const document = new TextEncoder().encode(text.slice(0, place.index) + random.pick(values) + text.slice(place.index + place[0].length));
      const sealed = writeZip({ ...entries, 'project.json': document, 'project.sha256.txt': new TextEncoder().encode(sha256(document)) });
      if ((await open(sealed)) === 'refused') refused++;
    }
    expect(refused).toBeGreaterThan(30);
  });
});
