import { beforeEach, describe, expect, test } from 'vitest';
import { changesBetween, withChanges } from '../../core/project/changes.ts';
import { createRandom, type Random } from '../../core/base/random.ts';
import { layersOf } from '../../core/graph/graph.ts';
import type { Evaluation } from '../../core/jobs/contract.ts';
import { findSizes, historyRows, type StepSizes } from '../../renderer/app/history-view.ts';
import { savedText } from '../../renderer/app/saved-text.ts';
import { titleText } from '../../renderer/app/window-title.ts';
import { isProjectFile } from '../../renderer/commands/open-project.ts';
import { recoverableText } from '../../renderer/features/start/view-model.ts';
import { applyEdit, documentStore, goToStep, openProject, undo } from '../../renderer/state/document.ts';
import { setScheme } from '../../renderer/state/edits/plan.ts';
import { historyRecord } from '../../renderer/state/history-record.ts';
import { resultKey, weightsOfKey } from '../../renderer/state/keys.ts';
import { beginProject, hasUnsavedWork, projectName, savingStore } from '../../renderer/state/saving.ts';
import { changeRun, trainingStore } from '../../renderer/state/training.ts';
import { residualNetwork } from '../fixtures/networks.ts';
import { projectOf } from '../fixtures/projects.ts';

const { graph } = residualNetwork(1);
const layers = layersOf(graph).map((layer) => layer.id);
const project = projectOf(graph);

beforeEach(() => {
  trainingStore.setState({ run: null });
  openProject(project, 'Open network.onnx');
  beginProject();
});

const edit = (name = 'edit') => applyEdit(name, (current) => setScheme(current, [layers[1]], name.length % 2 ? 'int8' : 'int4'));

describe('unsaved work', () => {
  test('is there from the first edit until it is undone or saved', () => {
    expect(hasUnsavedWork()).toBe(false);
    edit();
    expect(hasUnsavedWork()).toBe(true);
    undo();
    expect(hasUnsavedWork()).toBe(false);
    goToStep(1);
    beginProject({ file: { handle: 'h', name: 'a.bitproj', folder: null } });
    expect(hasUnsavedWork()).toBe(false);
  });

  test('is there with a new checkpoint of a run, though nothing was edited', () => {
    trainingStore.setState({ run: { checkpoint: null } as never });
    expect(hasUnsavedWork()).toBe(false);
    changeRun({ checkpoint: { step: 1, steps: 2, epoch: 1, savedAtMs: 3 } });
    expect(hasUnsavedWork()).toBe(true);
  });

  test('that was recovered is unsaved until it is saved', () => {
    beginProject({ journal: 'j' });
    expect(hasUnsavedWork()).toBe(true);
    expect(savingStore.getState().journal).toBe('j');
  });

  test('says what it is called: by its file where it has one', () => {
    expect(projectName(project, null)).toBe('network');
    expect(projectName(project, { handle: '', name: 'My net.BITPROJ', folder: null })).toBe('My net');
    expect(titleText('My net', true, null)).toBe('• My net – Bitwright');
    expect(titleText('My net', false, null)).toBe('My net – Bitwright');
    expect(titleText(null, false, null)).toBe('Bitwright');
    expect(titleText('My net', true, 'Training QAT 1 has ended.')).toBe('✓ Training QAT 1 has ended – Bitwright');
    expect(titleText('My net', true, 'Training QAT 1 failed.')).toBe('✗ Training QAT 1 failed – Bitwright');
  });

  test('the status bar says where it is, and whether it survives a crash', () => {
    const facts = { unsaved: true, file: null, savedAtMs: null, autosave: true, autosavedAtMs: null, problem: false };
    expect(savedText({ ...facts, unsaved: false })).toBeNull();
    expect(savedText({ ...facts, unsaved: false, file: 'a.bitproj' })).toEqual({ text: 'a.bitproj', safe: true });
    expect(savedText({ ...facts, unsaved: false, file: 'a.bitproj', savedAtMs: 0 })?.text).toMatch(/^Saved \d\d:\d\d in a\.bitproj$/);
    expect(savedText(facts)).toEqual({ text: 'Unsaved changes', safe: false });
    expect(savedText({ ...facts, autosavedAtMs: 0 })?.text).toMatch(/^Autosaved \d\d:\d\d$/);
    expect(savedText({ ...facts, autosavedAtMs: 0, autosave: false })).toEqual({ text: 'Unsaved changes', safe: false });
    expect(savedText({ ...facts, autosavedAtMs: 0, problem: true })?.safe).toBe(false);
  });

  test('that can be recovered is described by its last step and its figures', () => {
    const facts = { step: 'conv2 to INT4', sizeBytes: 24_088, accuracy: 0.979 };
    expect(recoverableText({ facts, file: null })).toBe('Its last step was “conv2 to INT4”: 24.1\u00a0KB, 97.9\u00a0%. Nothing is lost.');
    expect(recoverableText({ facts: {}, file: { handle: '', name: 'a.bitproj', sizeBytes: 1 } })).toBe('It was being worked on. a.bitproj holds what was saved before.');
  });
});

describe('the history panel', () => {
  test('shows every step, newest first, with its size and what was measured of it', async () => {
    edit('one');
    edit('step two');
    goToStep(1);
    const { steps, index } = documentStore.getState();
    const measured = steps[1].project;
    const evaluations = { [resultKey(measured, measured.variants[measured.active])]: { accuracy: 0.5 } as Evaluation };
    expect(historyRows(steps, index, evaluations, new Map()).map(({ size }) => size)).toEqual(['–', '–', '–']);
    let sizes: StepSizes = new Map();
    await findSizes(steps, sizes, new AbortController().signal, (found) => (sizes = found));
    const rows = historyRows(steps, index, evaluations, sizes);
    expect(rows.map(({ number, name, accuracy, isCurrent, isUndone }) => [number, name, accuracy, isCurrent, isUndone])).toEqual([
      [2, 'step two', '–', false, true],
      [1, 'one', '50.0\u00a0%', true, false],
      [0, 'Open network.onnx', '–', false, false],
    ]);
    expect(new Set(rows.map(({ size }) => size)).size).toBe(3);
  });
});

describe('the record of a history', () => {
  test('has the first state, and of each later step only what it changed', () => {
    edit('one');
    edit('step two');
    const { steps, index } = documentStore.getState();
    const record = historyRecord({ steps, index });
    expect(record).toMatchObject({ first: 'Open network.onnx', index: 2 });
    expect(record.steps).toEqual([
      { name: 'one', changes: [[['variants', 'v1', 'plan', layers[1]], { scheme: 'int8' }]] },
      { name: 'step two', changes: [[['variants', 'v1', 'plan', layers[1], 'scheme'], 'int4']] },
    ]);
    expect(JSON.stringify(record)).not.toContain('"nodes"');
  });

  test.each([1, 2, 3, 4, 5])('changes between any two records lead from one to the other (seed %i)', (seed) => {
    const random = createRandom(seed);
    for (let round = 0; round < 50; round++) {
      const [before, after] = [randomRecord(random, 3), randomRecord(random, 3)];
      const changes = JSON.parse(JSON.stringify(changesBetween(before, after))) as ReturnType<typeof changesBetween>;
      expect(withChanges(before, changes)).toEqual(after);
      expect(changesBetween(after, structuredClone(after))).toEqual([]);
    }
  });

  test('belongs to a network by the keys of its results', () => {
    expect(weightsOfKey(resultKey(project, project.variants['v1']))).toBe(project.source.weightsHash);
    expect(weightsOfKey('0/abc/-/x')).toBeNull();
    expect(weightsOfKey('the ladder of the start page')).toBeNull();
  });
});

test('a project is recognised by its name, also a damaged one, and by its content under another name', () => {
  const zip = new Uint8Array([0x50, 0x4b, 3, 4, ...new TextEncoder().encode('....project.json')]);
  expect(isProjectFile({ name: 'A.BitProj', bytes: new Uint8Array(0) })).toBe(true);
  expect(isProjectFile({ name: 'a.zip', bytes: zip })).toBe(true);
  expect(isProjectFile({ name: 'a.onnx', bytes: new TextEncoder().encode('project.json') })).toBe(false);
});

function randomRecord(random: Random, depth: number): Record<string, unknown> {
  const value = (): unknown => random.pick([() => random.integer(0, 3), () => 'x', () => null, () => [1, 2], () => ({}), () => (depth > 0 ? randomRecord(random, depth - 1) : true)])();
  return Object.fromEntries(['a', 'b', 'c', 'd'].filter(() => random.chance(0.6)).map((name) => [name, value()]));
}
