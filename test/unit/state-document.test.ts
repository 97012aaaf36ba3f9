import { beforeEach, describe, expect, test } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { layersOf } from '../../core/graph/graph.ts';
import { SCHEME_IDS } from '../../core/schemes/index.ts';
import { applyEdit, closeProject, documentStore, endGesture, goToStep, openProject, redo, redoName, undo, undoName } from '../../renderer/state/document.ts';
import { replacePlan, schemeOf, setOption, setScheme, settableLayers, toggleLock } from '../../renderer/state/edits/plan.ts';
import { ORIGINAL } from '../../renderer/state/edits/new-project.ts';
import { setBudgets, setData } from '../../renderer/state/edits/project.ts';
import { activateVariant, branchVariant, renameVariant } from '../../renderer/state/edits/variants.ts';
import { residualNetwork } from '../fixtures/networks.ts';
import { projectOf } from '../fixtures/projects.ts';

const { graph } = residualNetwork(1);
const layers = layersOf(graph).map((layer) => layer.id);
const [first, second, third] = layers;
const project = projectOf(graph);
const planOf = (state = documentStore.getState().project!) => state.variants[state.active].plan;

beforeEach(() => openProject(project, 'Open network.onnx'));

describe('the history of a document', () => {
  test('undo after an edit gives back the very same project', () => {
    applyEdit('one', (current) => setScheme(current, [second], 'int8'));
    undo();
    expect(documentStore.getState().project).toBe(project);
    redo();
    expect(planOf()[second].scheme).toBe('int8');
  });

  test.each([1, 2, 3, 4])('random edits, undone one by one, pass the same states backwards (seed %i)', (seed) => {
    const random = createRandom(seed);
    const states = [documentStore.getState().project];
    for (let step = 0; step < 40; step++) {
      const layer = random.pick(layers);
      const scheme = random.pick(SCHEME_IDS);
      if (applyEdit(`step ${step}`, (current) => setScheme(current, [layer], scheme))) states.push(documentStore.getState().project);
    }
    expect(states.length).toBeGreaterThan(10);
    for (const state of states.toReversed()) {
      expect(documentStore.getState().project).toBe(state);
      undo();
    }
    expect(documentStore.getState().project).toBe(project);
  });

  test('an edit that changes nothing adds no step', () => {
    expect(applyEdit('nothing', (current) => setScheme(current, [second], 'float32'))).toBe(false);
    expect(documentStore.getState().steps).toHaveLength(1);
  });

  test('one drag is one step, and the next drag another', () => {
    applyEdit('to ternary', (current) => setScheme(current, [second], 'ternary'));
    for (const value of [0.5, 0.6, 0.8]) applyEdit('threshold', (current) => setOption(current, second, 'threshold', value), 'drag');
    expect(documentStore.getState().steps).toHaveLength(3);
    endGesture();
    applyEdit('threshold', (current) => setOption(current, second, 'threshold', 0.9), 'drag');
    expect(documentStore.getState().steps).toHaveLength(4);
    undo();
    expect(planOf()[second].options).toEqual({ threshold: 0.8 });
  });

  test('an edit after undo forgets what could have been redone', () => {
    applyEdit('a', (current) => setScheme(current, [first], 'int8'));
    applyEdit('b', (current) => setScheme(current, [second], 'int8'));
    undo();
    applyEdit('c', (current) => setScheme(current, [third], 'int4'));
    expect(documentStore.getState().steps.map((step) => step.name)).toEqual(['Open network.onnx', 'a', 'c']);
    expect(redoName(documentStore.getState())).toBeNull();
  });

  test('undo and redo are named after their steps, and a press on a step goes there', () => {
    applyEdit('a', (current) => setScheme(current, [first], 'int8'));
    applyEdit('b', (current) => setScheme(current, [second], 'int8'));
    expect(undoName(documentStore.getState())).toBe('b');
    goToStep(0);
    expect(undoName(documentStore.getState())).toBeNull();
    expect(redoName(documentStore.getState())).toBe('a');
  });

  test('a closed project leaves nothing to undo', () => {
    closeProject();
    expect(documentStore.getState()).toEqual({ project: null, steps: [], index: -1 });
    expect(applyEdit('nothing', (current) => current)).toBe(false);
  });
});

describe('edits of a plan', () => {
  test('locked layers keep their precision, whatever is set for all', () => {
    const locked = toggleLock(setScheme(project, [second], 'int4'), [second]);
    const edited = setScheme(locked, layers, 'int8');
    expect(planOf(edited)[second].scheme).toBe('int4');
    expect(planOf(edited)[third].scheme).toBe('int8');
    expect(planOf(replacePlan(edited, {}))).toEqual({ [second]: { scheme: 'int4' } });
  });

  test('the first layer refuses one-bit inputs and stays as it was', () => {
    expect(settableLayers(project, project.variants['v1'], layers, 'xnor')).not.toContain(first);
    expect(schemeOf(planOf(setScheme(project, layers, 'xnor')), first)).toBe('float32');
  });

  test('locking mixed layers locks all of them, and again unlocks all', () => {
    const one = toggleLock(project, [first]);
    const both = toggleLock(one, [first, second]);
    expect(both.variants['v1'].lockedLayers.toSorted()).toEqual([first, second].toSorted());
    expect(toggleLock(both, [first, second]).variants['v1'].lockedLayers).toEqual([]);
    expect(toggleLock(project, ['no such layer'])).toBe(project);
  });

  test('the original is never changed: an edit of it makes a branch', () => {
    const atOriginal = activateVariant(project, ORIGINAL);
    const edited = setScheme(atOriginal, [second], 'int8');
    expect(edited.variants[ORIGINAL]).toBe(project.variants[ORIGINAL]);
    expect(edited.active).not.toBe(ORIGINAL);
    expect(edited.variants[edited.active]).toMatchObject({ parent: ORIGINAL, plan: { [second]: { scheme: 'int8' } } });
  });

  test('a trained variant is never changed under its numbers: an edit of it makes a branch that starts from the original weights', () => {
    const trained = { graph, weightsHash: 'trained', calibrationHash: 'ranges', recipe: {}, seed: 1 };
    const withTrained = { ...project, variants: { ...project.variants, v1: { ...project.variants['v1'], trained } } };
    const edited = setScheme(withTrained, [second], 'int8');
    expect(edited.variants['v1']).toBe(withTrained.variants['v1']);
    expect(edited.variants[edited.active]).toMatchObject({ parent: 'v1', trained: null });
  });

  test('locking layers of a trained variant is no edit of its network', () => {
    const trained = { graph, weightsHash: 'trained', calibrationHash: 'ranges', recipe: {}, seed: 1 };
    const withTrained = { ...project, variants: { ...project.variants, v1: { ...project.variants['v1'], trained } } };
    const locked = toggleLock(withTrained, [second]);
    expect(locked.active).toBe(withTrained.active);
    expect(locked.variants['v1']).toMatchObject({ trained, lockedLayers: [second] });
  });

  test('a branch has a name of its own, and names are never empty', () => {
    const branched = branchVariant(branchVariant(project, 'v1'), 'v1');
    const names = branched.order.map((id) => branched.variants[id].name);
    expect(new Set(names).size).toBe(names.length);
    expect(renameVariant(project, 'v1', '   ')).toBe(project);
    expect(renameVariant(project, 'v1', ' Small ').variants['v1'].name).toBe('Small');
  });

  test('setting the same budgets or data again is no change', () => {
    const budgets = { sizeBytes: 32_000, accuracy: 0.85, milliseconds: undefined };
    const set = setBudgets(project, budgets);
    expect(setBudgets(set, { ...budgets })).toBe(set);
    const data = { name: 'd', format: 'idx', shape: [1], classes: [], train: null, test: { count: 0, images: new Uint8Array(0), labels: null }, hash: 'd', notes: [] };
    const opened = setData(project, data, 'unit');
    expect(setData(opened, data, 'unit')).toBe(opened);
    expect(setData(opened, data, 'signed')).not.toBe(opened);
  });
});
