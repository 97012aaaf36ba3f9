import { describe, expect, it } from 'vitest';
import { planFromJson, planUniformly, uniformPlan } from '../../core/analysis/plans.ts';
import { layersOf } from '../../core/graph/graph.ts';
import { plainNetwork, residualNetwork } from '../fixtures/networks.ts';

const { graph } = plainNetwork(1);
const names = layersOf(graph).map((layer) => layer.id);

describe('one precision for all', () => {
  it('is the middle; first and last are int8', () => {
    expect(names).toEqual(['conv1', 'conv2', 'conv3', 'dense1', 'dense2']);
    expect(uniformPlan(graph, 'xnor')).toEqual({
      conv1: { scheme: 'int8' },
      conv2: { scheme: 'xnor' },
      conv3: { scheme: 'xnor' },
      dense1: { scheme: 'xnor' },
      dense2: { scheme: 'int8' },
    });
  });

  it('float32 leaves the network as it is', () => {
    expect(new Set(Object.values(uniformPlan(graph, 'float32')).map(({ scheme }) => scheme))).toEqual(new Set(['float32']));
  });

  it('falls back where a layer refuses, and says which and why', () => {
    const other = residualNetwork(1).graph;
    const { plan, fallbacks } = planUniformly(other, 'xnor');
    expect(Object.keys(plan)).toEqual(layersOf(other).map((layer) => layer.id));
    for (const { layer, asked, given, reason } of fallbacks) {
      expect([asked, plan[layer]!.scheme]).toEqual(['xnor', given]);
      expect(reason).toMatch(/\.$/);
    }
  });
});

describe('a plan file', () => {
  it('names layers, with or without options, and a default for the rest', () => {
    const { plan } = planFromJson(graph, { layers: { conv2: 'xnor', dense1: { scheme: 'ternary', options: {} } }, default: 'int8' }, 'plan.json');
    expect(plan).toEqual({ conv1: { scheme: 'int8' }, conv2: { scheme: 'xnor' }, conv3: { scheme: 'int8' }, dense1: { scheme: 'ternary' }, dense2: { scheme: 'int8' } });
    expect(planFromJson(graph, {}, 'plan.json').plan['conv1']).toEqual({ scheme: 'float32' });
  });

  it.each<[unknown, string]>([
    [[], 'The plan is not a JSON object.'],
    [null, 'The plan is not a JSON object.'],
    [{ layer: {} }, 'The plan has a field "layer"'],
    [{ layers: [] }, '"layers" of the plan is not an object.'],
    [{ layers: { conv9: 'int8' } }, 'There is no layer "conv9".'],
    [{ layers: { conv2: 'int2' } }, 'asks for the scheme "int2"; the schemes are float32, int8'],
    [{ layers: { conv2: { scheme: 'constructor' } } }, 'asks for the scheme "constructor"'],
    [{ default: 8 }, 'The default asks for the scheme 8'],
    [{ layers: { conv2: { scheme: 'int8', options: { colour: 'red' } } } }, 'There is no option "colour"'],
    [{ layers: { conv2: { scheme: 'int8', options: [] } } }, 'are not an object'],
    [{ layers: { conv1: 'xnor' } }, 'The layer "conv1" cannot be xnor:'],
  ])('%j is refused with a sentence', (json, sentence) => {
    expect(() => planFromJson(graph, json, 'plan.json')).toThrow(sentence);
    expect(() => planFromJson(graph, json, 'plan.json')).toThrow(expect.objectContaining({ where: 'plan.json' }));
  });
});
