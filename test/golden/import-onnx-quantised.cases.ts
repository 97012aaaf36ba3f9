import { createRandom, type Random } from '../../core/base/random.ts';
import { elementCount } from '../../core/graph/graph.ts';
import type { OnnxModel, OnnxNode, OnnxTensor } from '../fixtures/onnx-writer.ts';

const UINT8 = 2;
const INT8 = 3;
const INT32 = 6;

export const bytesTensor = (dims: readonly number[], codes: readonly number[], type: number = INT8): OnnxTensor => ({ dims, raw: { type, bytes: type === INT8 ? new Uint8Array(Int8Array.from(codes).buffer) : Uint8Array.from(codes) } });
export const whole32 = (dims: readonly number[], values: readonly number[]): OnnxTensor => ({ dims, raw: { type: INT32, bytes: new Uint8Array(Int32Array.from(values).buffer) } });
const scalar = (value: number): OnnxTensor => ({ dims: [], floats: [value] });
const scales = (values: readonly number[]): OnnxTensor => ({ dims: [values.length], floats: values });

/** Codes from −127 to 127, both ends in every row, so that the int8 scheme finds the same grid again. */
function kernelCodes(random: Random, rows: number, length: number): number[] {
  return Array.from({ length: rows }, () => Array.from({ length }, (_, i) => (i === 0 ? 127 : random.integer(-127, 128)))).flat();
}

const signed = (value: number): OnnxTensor => bytesTensor([], [value], INT8);
const unsigned = (value: number): OnnxTensor => bytesTensor([], [value], UINT8);

function chain(nodes: readonly OnnxNode[], initialisers: Record<string, OnnxTensor>, shape: readonly number[], domains: Record<string, number> = {}, rank = 2): OnnxModel {
  return { opset: 13, domains, nodes, initialisers, inputs: [{ name: 'x', shape }], outputs: [{ name: 'y', shape: Array.from({ length: rank }, (_, axis) => `d${axis}`) }] };
}

export const QUANTISED_LAYERS = ['first', 'groups', 'last'] as const;

/** Two convolutions and a dense layer between QuantizeLinear and DequantizeLinear, as accelerators read them. */
export function qdqModel(seed: number): OnnxModel {
  const random = createRandom(seed);
  const initialisers: Record<string, OnnxTensor> = {};
  const nodes: OnnxNode[] = [];
  const quantised = (value: string, scale: number, zero: OnnxTensor): string => {
    Object.assign(initialisers, { [`${value}.s`]: scalar(scale), [`${value}.z`]: zero });
    nodes.push({ op: 'QuantizeLinear', inputs: [value, `${value}.s`, `${value}.z`], outputs: [`${value}.q`] }, { op: 'DequantizeLinear', inputs: [`${value}.q`, `${value}.s`, `${value}.z`], outputs: [`${value}.r`] });
    return `${value}.r`;
  };
  const kernel = (name: string, dims: readonly number[]): string => {
    Object.assign(initialisers, {
      [`${name}.w`]: bytesTensor(dims, kernelCodes(random, dims[0], elementCount(dims.slice(1)))),
      [`${name}.ws`]: scales(Array.from({ length: dims[0] }, () => random.uniform(0.002, 0.006))),
      [`${name}.wz`]: bytesTensor([dims[0]], new Array<number>(dims[0]).fill(0)),
      [`${name}.b`]: scales(Array.from({ length: dims[0] }, () => random.normal(0, 0.2))),
    });
    nodes.push({ op: 'DequantizeLinear', inputs: [`${name}.w`, `${name}.ws`, `${name}.wz`], outputs: [`${name}.wr`], attributes: { axis: 0 } });
    return `${name}.wr`;
  };
  const x = quantised('x', 0.02, signed(3));
  nodes.push({ op: 'Conv', name: 'first', inputs: [x, kernel('first', [8, 3, 3, 3]), 'first.b'], outputs: ['a'], attributes: { pads: [1, 1, 1, 1] } }, { op: 'Relu', inputs: ['a'], outputs: ['ar'] });
  const a = quantised('ar', 0.02, signed(-128));
  nodes.push({ op: 'Conv', name: 'groups', inputs: [a, kernel('groups', [8, 1, 3, 3]), 'groups.b'], outputs: ['g'], attributes: { group: 8, pads: [1, 1, 1, 1], strides: [2, 2] } });
  const g = quantised('g', 0.03, signed(5));
  nodes.push({ op: 'GlobalAveragePool', inputs: [g], outputs: ['p'] }, { op: 'Flatten', inputs: ['p'], outputs: ['f'] });
  const f = quantised('f', 0.03, signed(5));
  nodes.push({ op: 'Gemm', name: 'last', inputs: [f, kernel('last', [5, 8]), 'last.b'], outputs: ['y'], attributes: { transB: 1 } });
  return chain(nodes, initialisers, [1, 3, 8, 8]);
}

/** The same arithmetic with operators on codes, unsigned, two of them from Microsoft's domain. */
export function qlinearModel(seed: number): OnnxModel {
  const random = createRandom(seed);
  const kernel = (name: string, dims: readonly number[], axis: number): Record<string, OnnxTensor> => {
    const rows = kernelCodes(random, elementCount(dims) / elementCount(dims.slice(1)), elementCount(dims.slice(1)));
    const columns = Array.from({ length: elementCount(dims) }, (_, i) => (i < dims[1] ? 127 : random.integer(-127, 128)));
    return {
      [`${name}.w`]: bytesTensor(dims, axis === 0 ? rows : columns),
      [`${name}.ws`]: scales(Array.from({ length: dims[axis] }, () => random.uniform(0.002, 0.006))),
      [`${name}.wz`]: bytesTensor([dims[axis]], new Array<number>(dims[axis]).fill(0)),
      [`${name}.b`]: whole32([dims[axis]], Array.from({ length: dims[axis] }, () => random.integer(-2000, 2000))),
    };
  };
  const grids: Record<string, OnnxTensor> = {};
  const grid = (name: string, scale: number, zero: number): readonly string[] => {
    Object.assign(grids, { [`${name}.s`]: scalar(scale), [`${name}.z`]: unsigned(zero) });
    return [`${name}.s`, `${name}.z`];
  };
  const [x, a, b, sum, pooled, y] = [grid('x', 0.02, 128), grid('a', 0.05, 0), grid('b', 0.16, 120), grid('sum', 0.2, 100), grid('pooled', 0.05, 110), grid('y', 0.04, 128)];
  const weights = (name: string): readonly string[] => [`${name}.w`, `${name}.ws`, `${name}.wz`];
  const nodes: OnnxNode[] = [
    { op: 'QuantizeLinear', inputs: ['x', ...x], outputs: ['xq'] },
    { op: 'QLinearConv', name: 'first', inputs: ['xq', ...x, ...weights('first'), ...a, 'first.b'], outputs: ['aq'], attributes: { pads: [1, 1, 1, 1] } },
    { op: 'QLinearConv', name: 'groups', inputs: ['aq', ...a, ...weights('groups'), ...b, 'groups.b'], outputs: ['bq'], attributes: { pads: [1, 1, 1, 1], group: 2 } },
    { op: 'QLinearAdd', domain: 'com.microsoft', inputs: ['aq', ...a, 'bq', ...b, ...sum], outputs: ['sq'] },
    { op: 'QLinearGlobalAveragePool', domain: 'com.microsoft', inputs: ['sq', ...sum, ...pooled], outputs: ['pq'] },
    { op: 'Reshape', inputs: ['pq', 'row'], outputs: ['fq'] },
    { op: 'QLinearMatMul', name: 'last', inputs: ['fq', ...pooled, ...weights('last'), ...y], outputs: ['yq'] },
    { op: 'DequantizeLinear', inputs: ['yq', ...y], outputs: ['y'] },
  ];
  const { 'last.b': _, ...last } = kernel('last', [8, 5], 1);
  return chain(nodes, { row: { dims: [2], integers: [1, -1] }, ...grids, ...kernel('first', [8, 3, 3, 3], 0), ...kernel('groups', [8, 4, 3, 3], 0), ...last }, [1, 3, 8, 8], { 'com.microsoft': 1 });
}

export const STEP = 0.02;

/** One operator on codes between a quantiser and its reverse; every grid has the same step and room for every value. */
export function singleModels(): Readonly<Record<string, OnnxModel>> {
  const random = createRandom(4);
  const grid = { s: scalar(STEP), z: unsigned(120) };
  const own = ['s', 'z'] as const;
  const microsoft = { 'com.microsoft': 1 };
  const between = (node: Omit<OnnxNode, 'outputs'>, shape: readonly number[], more: Record<string, OnnxTensor> = {}): OnnxModel => {
    const nodes: OnnxNode[] = [{ op: 'QuantizeLinear', inputs: ['x', ...own], outputs: ['q'] }, { ...node, outputs: ['r'] }, { op: 'DequantizeLinear', inputs: ['r', ...own], outputs: ['y'] }];
    return chain(nodes, { ...grid, ...more }, shape, microsoft, shape.length);
  };
  const onCodes = (op: string, attributes: OnnxNode['attributes'] = {}): OnnxModel => between({ op, domain: 'com.microsoft', inputs: ['q', ...own, ...own], attributes }, [1, 3, 6, 6]);
  const gemm = { w: bytesTensor([5, 8], kernelCodes(random, 5, 8)), ws: scalar(0.003), wz: signed(0), b: whole32([5], [3000, -2000, 0, 100, -9000]) };
  const integers = { w: bytesTensor([4, 3, 3, 3], kernelCodes(random, 4, 27)), wz: signed(0), step: scalar(0.001) };
  return {
    QLinearAveragePool: onCodes('QLinearAveragePool', { kernel_shape: [2, 2], strides: [2, 2] }),
    QLinearGlobalAveragePool: onCodes('QLinearGlobalAveragePool'),
    QLinearLeakyRelu: onCodes('QLinearLeakyRelu', { alpha: { float: 0.3 } }),
    QLinearSigmoid: onCodes('QLinearSigmoid'),
    QLinearMul: between({ op: 'QLinearMul', domain: 'com.microsoft', inputs: ['q', ...own, 'q', ...own, 's2', 'z'] }, [1, 3, 4, 4], { s2: scalar(STEP) }),
    QLinearConcat: between({ op: 'QLinearConcat', domain: 'com.microsoft', inputs: [...own, 'q', ...own, 'q', ...own], attributes: { axis: 1 } }, [1, 3, 4, 4]),
    QGemm: between({ op: 'QGemm', domain: 'com.microsoft', inputs: ['q', ...own, 'w', 'ws', 'wz', 'b', ...own], attributes: { transB: 1 } }, [1, 8], gemm),
    ConvInteger: chain(
      [
        { op: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['q', 'qs', 'qz'] },
        { op: 'ConvInteger', name: 'first', inputs: ['q', 'w', 'qz', 'wz'], outputs: ['sums'], attributes: { pads: [1, 1, 1, 1] } },
        { op: 'Cast', inputs: ['sums'], outputs: ['real'], attributes: { to: 1 } },
        { op: 'Mul', inputs: ['qs', 'step'], outputs: ['scale'] },
        { op: 'Mul', inputs: ['real', 'scale'], outputs: ['y'] },
      ],
      integers,
      [1, 3, 5, 5],
      {},
      4,
    ),
  };
}

/** A dense layer whose input is quantised as it runs: the scale of the result is a computed number. */
export function dynamicModel(seed: number): OnnxModel {
  const random = createRandom(seed);
  const nodes: OnnxNode[] = [
    { op: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['q', 's', 'z'] },
    { op: 'MatMulInteger', name: 'first', inputs: ['q', 'w', 'z', 'wz'], outputs: ['sums'] },
    { op: 'Cast', inputs: ['sums'], outputs: ['real'], attributes: { to: 1 } },
    { op: 'Mul', inputs: ['s', 'ws'], outputs: ['step'] },
    { op: 'Mul', inputs: ['real', 'step'], outputs: ['scaled'] },
    { op: 'Add', inputs: ['scaled', 'b'], outputs: ['y'] },
  ];
  return chain(nodes, { w: bytesTensor([12, 6], kernelCodes(random, 12, 6)), wz: signed(0), ws: scales([0.01]), b: scales(Array.from({ length: 6 }, () => random.normal())) }, [1, 12]);
}
