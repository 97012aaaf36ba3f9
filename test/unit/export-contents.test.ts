import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { uniformPlan } from '../../core/analysis/plans.ts';
import { arenaUse, checkTarget } from '../../core/export/check.ts';
import { writeNpy } from '../../core/export/contents/npy.ts';
import { readmeText } from '../../core/export/contents/readme.ts';
import { VECTORS } from '../../core/export/contents/table.ts';
import { vectorFiles } from '../../core/export/contents/vectors.ts';
import { exporterOf } from '../../core/export/index.ts';
import type { Exporter } from '../../core/export/exporter.ts';
import { TARGETS, type ExporterId } from '../../core/export/targets.ts';
import { StudioError } from '../../core/base/errors.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { contextOf } from '../../core/jobs/export-context.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { planMemory } from '../../core/runtime/memory-plan.ts';
import { NO_CALIBRATION } from '../../core/runtime/watch.ts';
import { NetworkBuilder } from '../fixtures/networks.ts';

const context = { signal: new AbortController().signal, report: () => {} };
const net = new NetworkBuilder(5, [1, 8, 8, 3]);
net.dense('dense', net.flatten('flatten', net.maxPool('pool', net.relu('relu', net.conv('conv', 'input', 8)))), 4);
const model = net.build('tiny');
const state = { model, plan: {}, calibration: NO_CALIBRATION };
const program = deploy(state);
const subject = { state, name: 'tiny', data: null, preprocess: 'raw', origin: {} } as const;
const known = contextOf(program, subject, context);

const python = spawnSync('python3', ['-c', 'import numpy']).status === 0;

describe('test vectors', () => {
  it.skipIf(!python)(`are read by NumPy${python ? '' : ' (which is absent)'}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'bitwright-npy-'));
    try {
      writeFileSync(join(folder, 'a.npy'), writeNpy([2, 3], Float32Array.of(0.5, -1, 2, 3.25, 1e-20, -7)));
      writeFileSync(join(folder, 'b.npy'), writeNpy([1], Float32Array.of(4)));
      const { stdout } = spawnSync('python3', ['-c', 'import numpy; a = numpy.load("a.npy"); print(a.dtype, a.shape, a.tolist(), numpy.load("b.npy").shape)'], { cwd: folder, encoding: 'utf8' });
      expect(stdout.trim()).toBe(`float32 (2, 3) [[0.5, -1.0, 2.0], [3.25, ${Math.fround(1e-20)}, -7.0]] (1,)`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('hold as many inputs as outputs, of the shapes of the network', () => {
    const [inputs, golden] = vectorFiles(program, known).map(({ bytes }) => bytes);
    expect([inputs.length, golden.length]).toEqual([128 + 4 * VECTORS * 192, 128 + 4 * VECTORS * 4]);
  });
});

describe('the read-me', () => {
  const text = readmeText(program, known, { target: 'c99', name: 'tiny', files: [{ path: 'tiny.c', bytes: 7 }], proof: null, findings: [] });
  it('says how it is run, what is there, and of what was not measured that it was not', () => {
    for (const part of ['cc -std=c99', '| tiny.c | 7 |', '- Accuracy: not measured.', '- Speed: not measured.', '- Proof: none was run', '| conv | FP32 |']) expect(text).toContain(part);
  });
  it('takes names as text', () => {
    const named = readmeText(program, known, { target: 'bitw', name: '<b>*x*', files: [], proof: null, findings: [] });
    expect(named).toContain('# \\<b\\>\\*x\\*');
  });
  it('is written for every target', () => {
    for (const target of Object.keys(TARGETS) as ExporterId[]) expect(readmeText(program, known, { target, name: 'tiny', files: [], proof: null, findings: [] })).toContain('## Running it\n\n');
  });
});

describe('a check of a target', () => {
  it('writes what the export writes, for every target', async () => {
    const { checks, arena } = await JOBS.checkTargets(subject, context);
    expect(checks.map(({ target }) => target)).toEqual(Object.keys(TARGETS));
    for (const { target, files, networkBytes } of checks.filter((check) => check.files.length > 0)) {
      const result = await JOBS.exportNetwork({ ...subject, target, proofSamples: 0 }, context);
      expect([target, files, networkBytes]).toEqual([target, result.files.map(({ path, bytes }) => ({ path, bytes: bytes.length })), result.weightBytes]);
    }
    expect(arena.bytes).toBe(planMemory(program.network, 'results').bytes);
  });

  it('turns what stands in the way into a finding', async () => {
    const exporter: Exporter = { ...exporterOf('bitw', null), write: () => Promise.reject(new StudioError('It cannot.', { where: 'conv', next: 'Do not.' })) };
    expect((await checkTarget('bitw', exporter, program, 'tiny')).findings).toEqual([{ layer: 'conv', severity: 'refused', message: 'It cannot. Do not.' }]);
  });

  it('places every value of a run where no other is at the same time', () => {
    const { blocks, peak, bytes } = arenaUse(deploy({ model, plan: uniformPlan(model.graph, 'float32'), calibration: NO_CALIBRATION }));
    for (const a of blocks) for (const b of blocks) if (a !== b && a.first <= b.last && b.first <= a.last) expect(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset).toBe(true);
    expect(peak.bytes).toBeLessThanOrEqual(bytes);
    expect(peak.bytes).toBeGreaterThan(0.5 * bytes);
  });
});
