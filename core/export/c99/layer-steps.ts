import { StudioError } from '../../base/errors.ts';
import { signBytes, type LayerGeometry } from '../../kernels/kernel.ts';
import { isFloatLayer, type BufferFormat, type LayerStep, type StepParameters } from '../../runtime/program.ts';
import { SCHEMES } from '../../schemes/index.ts';
import { floatLiteral } from './literals.ts';
import type { Unit } from './unit.ts';
import { packCodes, packSignRows, signRowBytes } from './weights.ts';
import { NIBBLE_CHANNELS, nibbleCount } from './xnor-tables.ts';

/** Names of a step's constants, and its operands as C expressions. */
export interface StepPlace {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly outputFormat: BufferFormat;
  /** Bytes shared by the steps while they compute. */
  readonly scratch: string;
}

const DOTS: Readonly<Record<number, string>> = { 8: 'dot_int8', 4: 'dot_int4', 2: 'dot_ternary', 1: 'dot_binary' };
const PADDINGS: ReadonlyMap<string, string> = new Map([['zero', 'PADDING_NOT_COUNTED'], ['minus', 'PADDING_MINUS'], ['plus', 'PADDING_PLUS']]);

function windowOf(unit: Unit, name: string, g: LayerGeometry): string {
  unit.need('window');
  return unit.structure('window', `${name}_window`, {
    stride_y: g.strideY, stride_x: g.strideX, pad_top: g.padTop, pad_left: g.padLeft, dilation_y: g.dilationY, dilation_x: g.dilationX,
    in_height: g.inputHeight, in_width: g.inputWidth, in_channels: g.inputChannels, kernel_height: g.kernelHeight, kernel_width: g.kernelWidth,
    out_height: g.outputHeight, out_width: g.outputWidth, out_channels: g.outputChannels,
  });
}

function finishOf(unit: Unit, { name, outputFormat }: StepPlace, g: LayerGeometry, parameters: StepParameters): string {
  if (outputFormat === 'sign') {
    const thresholds = unit.integers(`${name}_thresholds`, parameters['thresholds']);
    return unit.structure('finish', `${name}_finish`, { store: unit.need('store_signs'), pixel_bytes: signBytes(g.outputChannels), thresholds });
  }
  const multiplier = unit.floats(`${name}_multiplier`, parameters['multiplier']);
  const offset = unit.floats(`${name}_offset`, parameters['offset']);
  if (outputFormat === 'int8') {
    const [zero, least, most] = parameters['outputGrid'];
    return unit.structure('finish', `${name}_finish`, { store: unit.need('store_int8'), pixel_bytes: g.outputChannels, multiplier, offset, zero, least, most });
  }
  const [low, high] = Array.from(parameters['limits'], floatLiteral);
  return unit.structure('finish', `${name}_finish`, { store: unit.need('store_float'), pixel_bytes: 4 * g.outputChannels, multiplier, offset, low, high });
}

function integerLayer(unit: Unit, name: string, step: LayerStep, parameters: StepParameters): string {
  const { geometry: g } = step;
  const codes = parameters['codes'] as Int8Array;
  const levels = parameters['levels'];
  const bits = SCHEMES[step.scheme].bitsPerWeight;
  const dot = levels ? 'dot_two_levels' : DOTS[bits];
  if (!dot) throw new StudioError(`The C target has no weights of ${bits} bits.`, { where: step.node });
  return unit.structure('integer_layer', `${name}_layer`, {
    dot: unit.need(dot),
    weights: unit.bytes(`${name}_weights`, packCodes(codes, g.outputChannels, bits)),
    ...(levels ? { levels: unit.bytes(`${name}_levels`, Uint8Array.from({ length: 2 * levels.length }, (_, i) => (levels[i >> 1] >> (8 * (i & 1))) & 255)) } : {}),
    zero: parameters['inputGrid'][0],
  });
}

/** A layer: its constants and its call. */
export function layerStep(unit: Unit, step: LayerStep, parameters: StepParameters, place: StepPlace): void {
  const { geometry: g } = step;
  const { name, inputs: [input], output } = place;
  const isDepthwise = g.op === 'depthwise-conv2d';
  const window = windowOf(unit, name, g);
  if (isFloatLayer(step)) {
    const [low, high] = Array.from(parameters['limits'], floatLiteral);
    const kernel = unit.floats(`${name}_kernel`, parameters['kernel']);
    const bias = unit.floats(`${name}_bias`, parameters['bias']);
    const layer = unit.structure('float_layer', `${name}_layer`, { kernel, bias, low, high });
    return unit.call(unit.need(isDepthwise ? 'float_depthwise' : 'float_conv'), [window, layer, `(const float *)${input}`, `(float *)${output}`]);
  }
  const finish = finishOf(unit, place, g, parameters);
  if (parameters['inputGrid']) {
    const layer = integerLayer(unit, name, step, parameters);
    const operands = [window, layer, finish, `(const int8_t *)${input}`, output];
    if (!isDepthwise) return unit.call(unit.need('integer_conv'), operands);
    unit.scratch(g.kernelHeight * g.kernelWidth);
    return unit.call(unit.need('integer_depthwise'), [...operands, `(int8_t *)${place.scratch}`]);
  }
  unit.need('xnor_conv');
  unit.scratch(2 * signRowBytes(g));
  unit.signRow(signRowBytes(g), g.outputChannels);
  const weights = unit.bytes(`${name}_weights`, packSignRows(parameters['codes'] as Int8Array, g));
  const padding = PADDINGS.get(String(step.options['padding'])) ?? 'PADDING_MINUS';
  // A second form for AVX2, made by the first run: it would cost flash and memory where there is none.
  const nibbles = nibbleCount(signRowBytes(g));
  const hasNibbles = g.outputChannels % NIBBLE_CHANNELS === 0 && 8 * signRowBytes(g) < 2 ** 15;
  if (hasNibbles) unit.forTables(`static uint8_t ${name}_nibbles[${nibbles * g.outputChannels}];`, `spread_nibbles(${window}, ${name}_weights, ${name}_nibbles);`, nibbles);
  const layer = unit.structure('xnor_layer', `${name}_layer`, { weights, padding }, hasNibbles ? `#ifdef XNOR_TABLES\n  .nibbles = ${name}_nibbles,\n#endif` : '');
  unit.call('xnor_conv', [window, layer, finish, `(const uint8_t *)${input}`, output, `(uint8_t *)${place.scratch}`]);
}
