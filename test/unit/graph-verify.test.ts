import { describe, expect, it } from 'vitest';
import { StudioError } from '../../core/base/errors.ts';
import type { Graph, GraphNode, Model } from '../../core/graph/graph.ts';
import { inferShape } from '../../core/graph/ops.ts';
import { hashModel, parse, print } from '../../core/graph/print.ts';
import { verify, verifyModel } from '../../core/graph/verify.ts';

interface NewNode {
  readonly id: string;
  readonly op: GraphNode['op'];
  readonly inputs?: readonly string[];
  readonly attributes?: object;
  readonly weights?: Readonly<Record<string, string>>;
  readonly shape?: readonly number[];
}
const node = (change: NewNode): GraphNode =>
  ({ inputs: ['x'], attributes: {}, weights: {}, shape: [1, 3], ...change }) as GraphNode;

const sound: Graph = {
  name: 'sound "graph"',
  inputs: [{ id: 'x', shape: [1, 4] }],
  nodes: [node({ id: 'layer one', op: 'dense', weights: { kernel: 'k', bias: 'b' } }), node({ id: 'r', op: 'relu', inputs: ['layer one'] })],
  outputs: ['r'],
  weights: { k: { shape: [4, 3] }, b: { shape: [3] } },
};
const values: Model['weights'] = new Map([
  ['k', new Float32Array(12).fill(0.5)],
  ['b', Float32Array.of(1, 2, 3)],
]);
const changed = (change: Partial<Graph>): Graph => ({ ...sound, ...change });
const withNode = (change: Partial<GraphNode>, at = 0): Graph => changed({ nodes: sound.nodes.map((old, i) => (i === at ? ({ ...old, ...change } as GraphNode) : old)) });

describe('verify', () => {
  it('accepts a sound graph', () => expect(() => verify(sound)).not.toThrow());

  it.each<[string, Graph, string]>([
    ['a node before its input', changed({ nodes: sound.nodes.toReversed() }), 'Layer "r" (relu) reads "layer one", which is not computed before it.'],
    ['a name used twice', withNode({ id: 'x' }), 'Layer "x" (dense) has a name that another value has already.'],
    ['a shape that does not follow', withNode({ shape: [1, 5] }), 'Layer "layer one" (dense) makes 1×3 but is declared as 1×5.'],
    ['a weight that does not exist', withNode({ weights: { kernel: 'gone' } }), 'Layer "layer one" (dense) names the weight "gone" for its kernel, which does not exist.'],
    ['a weight of another shape', changed({ weights: { ...sound.weights, b: { shape: [4] } } }), 'has a bias of 4 where 3 fits its input 1×4'],
    ['a weight of nobody', changed({ weights: { ...sound.weights, stray: { shape: [1] } } }), 'Weight "stray" belongs to no layer.'],
    ['a kernel that is missing', withNode({ weights: { bias: 'b' } }), 'Layer "layer one" (dense) has no kernel.'],
    ['a slot that the operator lacks', withNode({ weights: { kernel: 'k', bias: 'b', gamma: 'b' } }), 'has a weight "gamma" that dense does not take'],
    ['too many inputs', withNode({ inputs: ['layer one', 'x'] }, 1), 'Layer "r" (relu) has 2 inputs instead of 1.'],
    ['an output of nobody', changed({ outputs: ['y'] }), 'Output "y" is not computed by any layer.'],
    ['no output', changed({ outputs: [] }), 'The network has no output.'],
    ['no input', changed({ inputs: [] }), 'The network has no input.'],
    ['a batch of two', changed({ inputs: [{ id: 'x', shape: [2, 4] }] }), 'Input "x" has the shape 2×4'],
    ['an output behind an operator that is not run', withNode({ op: 'unknown', attributes: { sourceOp: 'Odd' }, weights: {} } as Partial<GraphNode>, 1), 'Output "r" depends on an operator that the studio does not run.'],
  ])('refuses %s', (_, graph, sentence) => {
    expect(() => verify(graph)).toThrow(StudioError);
    expect(() => verify(graph)).toThrow(sentence);
  });

  it.each<[string, Model['weights'], string]>([
    ['no values', new Map([['k', new Float32Array(12)]]), 'The bias of layer "layer one" has no values.'],
    ['too few values', new Map([...values, ['b', new Float32Array(2)]]), 'has 2 values instead of 3'],
    ['a value that is no number', new Map([...values, ['b', Float32Array.of(1, Number.NaN, 3)]]), 'The bias of layer "layer one" is NaN at index 1 of 3 (tensor "b").'],
  ])('refuses a weight with %s', (_, weights, sentence) => expect(() => verifyModel({ graph: sound, weights })).toThrow(sentence));

  it('refuses a variance without a root', () => {
    const graph: Graph = {
      ...sound,
      nodes: [node({ id: 'n', op: 'batch-norm', attributes: { epsilon: 0.001 }, weights: { gamma: 'g', beta: 'g', mean: 'g', variance: 'v' }, shape: [1, 4] })],
      outputs: ['n'],
      weights: { g: { shape: [4] }, v: { shape: [4] } },
    };
    const weights = new Map([['g', new Float32Array(4)], ['v', Float32Array.of(1, 0, -0.5, 1)]]);
    expect(() => verifyModel({ graph, weights })).toThrow('The variance of layer "n" is -0.5 at index 2');
  });
});

describe('the operator table', () => {
  const window = { strideY: 2, strideX: 1, padTop: 1, padBottom: 0, padLeft: 2, padRight: 2 };
  it.each<[GraphNode['op'], object, readonly (readonly number[])[], Record<string, readonly number[]>, readonly number[] | string]>([
    ['conv2d', { ...window, dilationY: 1, dilationX: 2 }, [[1, 9, 8, 3]], { kernel: [3, 3, 3, 7] }, [1, 4, 8, 7]],
    ['depthwise-conv2d', { ...window, dilationY: 1, dilationX: 1 }, [[1, 9, 8, 3]], { kernel: [3, 3, 3, 2] }, [1, 4, 10, 6]],
    ['max-pool', { ...window, sizeY: 2, sizeX: 3 }, [[1, 9, 8, 3]], {}, [1, 5, 10, 3]],
    ['max-pool', { ...window, sizeY: 1, sizeX: 3 }, [[1, 9, 8, 3]], {}, 'pads by a whole window or more'],
    ['global-average-pool', {}, [[1, 9, 8, 3]], {}, [1, 3]],
    ['reshape', { shape: [1, 12] }, [[1, 2, 2, 3]], {}, [1, 12]],
    ['reshape', { shape: [1, 13] }, [[1, 2, 2, 3]], {}, 'cannot turn 1×2×2×3 into 1×13'],
    ['transpose', { permutation: [0, 3, 1, 2] }, [[1, 4, 5, 6]], {}, [1, 6, 4, 5]],
    ['transpose', { permutation: [0, 3, 1, 1] }, [[1, 4, 5, 6]], {}, 'has the permutation 0, 3, 1, 1 for a value of 4 dimensions'],
    ['slice', { begin: [0, 4], end: [1, -1], step: [1, -2] }, [[1, 5]], {}, [1, 3]],
    ['slice', { begin: [0, 4], end: [1, 2], step: [1, 1] }, [[1, 5]], {}, 'slices nothing or outside of 1×5'],
    ['pad', { before: [0, 1], after: [0, 2] }, [[1, 5]], {}, [1, 8]],
    ['concat', { axis: 1 }, [[1, 5], [1, 2], [1, 1]], {}, [1, 8]],
    ['concat', { axis: 1 }, [[1, 5, 2], [1, 5, 3]], {}, 'joins 1×5×2, 1×5×3, which differ outside of dimension 1'],
    ['add', {}, [[1, 5], [1, 1]], {}, 'adds 1×5 and 1×1, which differ'],
    ['clip', { minimum: 2, maximum: 1 }, [[1, 5]], {}, 'clips to 2..1, an empty range'],
  ])('%s with %o', (op, attributes, inputs, weights, expected) => {
    const inferred = inferShape({ op, attributes } as Pick<GraphNode, 'op' | 'attributes'>, inputs, weights);
    expect('shape' in inferred ? inferred.shape : inferred.problem).toEqual(expected);
  });
});

describe('the text of a graph', () => {
  it('is the same whatever the order of keys, and reads back', () => {
    const reordered = changed({ weights: { b: { shape: [3] }, k: { shape: [4, 3] } } });
    expect(print(reordered)).toBe(print(sound));
    expect(parse(print(sound))).toEqual(sound);
    expect(print(sound)).toBe(
      [
        'graph "sound \\"graph\\""',
        'input "x" [1,4]',
        'weight "b" [3]',
        'weight "k" [4,3]',
        'node "layer one" dense ["x"] {} {"bias":"b","kernel":"k"} [1,3]',
        'node "r" relu ["layer one"] {} {} [1,3]',
        'output "r"',
        '',
      ].join('\n'),
    );
  });

  it.each(['node "a" spin ["x"] {} {} [1]', 'node "a" relu ["x"] {} {}', 'weight "a" [1', 'hello', 'input x [1]', 'output "a" "b"'])('%s is refused with its line', (line) => {
    expect(() => parse(`graph "g"\n${line}\n`)).toThrow(/^Line 2 /);
  });

  it('and the weights make the hash', () => {
    const hash = hashModel({ graph: sound, weights: values });
    expect(hashModel({ graph: sound, weights: new Map([...values].toReversed()) })).toBe(hash);
    expect(hashModel({ graph: sound, weights: new Map([...values, ['b', Float32Array.of(1, 2, 4)]]) })).not.toBe(hash);
    expect(hashModel({ graph: changed({ name: 'other' }), weights: values })).not.toBe(hash);
  });
});
