import type { TfliteModel } from '../../core/tflite/model.ts';
import { TfliteNetwork } from '../fixtures/tflite-network.ts';

export interface TfliteCase {
  readonly name: string;
  readonly model: TfliteModel;
}

type Build = (net: TfliteNetwork) => number;

const SAME = { padding: 0 };
const VALID = { padding: 1 };
const stride = (y: number, x = y) => ({ stride_h: y, stride_w: x });

const convolution = (options: object, out: readonly number[], kernel = [5, 3, 3, 4], op = 'CONV_2D', input = [1, 7, 6, 4]): Build => (net) =>
  net.add(op, [net.input(...input), net.reals(kernel), net.reals([out[3]])], out, { ...SAME, ...stride(1), ...options });

/** One operator on an image, with the constants that it takes. */
const onImage = (op: string, out: readonly number[], constants: (net: TfliteNetwork) => readonly number[] = () => [], options = {}, version = 1): Build => (net) =>
  net.add(op, [net.input(1, 4, 5, 6), ...constants(net)], out, options, version);

const IMAGE = [1, 4, 5, 6];

const BUILDS: Readonly<Record<string, Build>> = {
  'a convolution that keeps the size': convolution({}, [1, 7, 6, 5]),
  'a convolution in steps, with ReLU': convolution({ ...stride(2), fused_activation_function: 1 }, [1, 4, 3, 5]),
  'a convolution without padding, with ReLU6': convolution({ ...VALID, fused_activation_function: 3 }, [1, 5, 4, 5]),
  'a dilated convolution, with ReLU −1..1': convolution({ dilation_h_factor: 2, dilation_w_factor: 1, fused_activation_function: 2 }, [1, 7, 6, 5]),
  'a depthwise convolution': convolution({ depth_multiplier: 1 }, [1, 7, 6, 4], [1, 3, 3, 4], 'DEPTHWISE_CONV_2D'),
  'a depthwise convolution with three outputs a channel': convolution({ depth_multiplier: 3, ...stride(2) }, [1, 4, 3, 12], [1, 3, 3, 12], 'DEPTHWISE_CONV_2D'),
  'a dense layer, with ReLU': (net) => net.add('FULLY_CONNECTED', [net.input(1, 9), net.reals([4, 9]), net.reals([4])], [1, 4], { fused_activation_function: 1 }),
  'a dense layer without bias': (net) => net.add('FULLY_CONNECTED', [net.input(1, 9), net.reals([4, 9]), -1], [1, 4]),
  'a dense layer that flattens an image': (net) => net.add('FULLY_CONNECTED', [net.input(1, 3, 3, 2), net.reals([4, 18]), net.reals([4])], [1, 4]),
  'a dense layer that keeps its dimensions': (net) => net.add('FULLY_CONNECTED', [net.input(1, 1, 9), net.reals([4, 9]), net.reals([4])], [1, 1, 4], { keep_num_dims: true }, 5),
  'the largest of windows': onImage('MAX_POOL_2D', [1, 2, 3, 6], undefined, { ...SAME, ...stride(2), filter_height: 3, filter_width: 2 }),
  'the mean of windows, borders not counted': onImage('AVERAGE_POOL_2D', [1, 2, 3, 6], undefined, { ...SAME, ...stride(2), filter_height: 3, filter_width: 3 }),
  'a constant added to each channel': onImage('ADD', IMAGE, (net) => [net.reals([6])]),
  'a constant minus a value': (net) => net.add('SUB', [net.reals([6]), net.input(...IMAGE)], IMAGE),
  'a value minus a constant, with ReLU': onImage('SUB', IMAGE, (net) => [net.reals([6])], { fused_activation_function: 1 }),
  'channels times constants': onImage('MUL', IMAGE, (net) => [net.reals([1, 1, 1, 6])]),
  'a value through a number': onImage('DIV', IMAGE, (net) => [net.reals([], [3])]),
  'a value and its ReLU added and subtracted': (net) => {
    const x = net.input(...IMAGE);
    const rectified = net.add('RELU', [x], IMAGE);
    return net.add('SUB', [net.add('ADD', [x, rectified], IMAGE), net.add('NEG', [rectified], IMAGE)], IMAGE);
  },
  ReLU: onImage('RELU', IMAGE),
  'ReLU6': onImage('RELU6', IMAGE),
  'ReLU −1..1': onImage('RELU_N1_TO_1', IMAGE),
  'ReLU 0..1': onImage('RELU_0_TO_1', IMAGE),
  'leaky ReLU': onImage('LEAKY_RELU', IMAGE, undefined, { alpha: 0.125 }),
  'PReLU with a slope a channel': onImage('PRELU', IMAGE, (net) => [net.reals([1, 1, 6])]),
  'logistic': onImage('LOGISTIC', IMAGE),
  tanh: onImage('TANH', IMAGE),
  softmax: onImage('SOFTMAX', IMAGE, undefined, { beta: 1 }),
  'softmax with beta': onImage('SOFTMAX', IMAGE, undefined, { beta: 0.5 }),
  'the larger of a value and a number': onImage('MAXIMUM', IMAGE, (net) => [net.reals([], [-0.25])]),
  'the smaller of a number and a value': (net) => net.add('MINIMUM', [net.reals([], [0.25]), net.input(...IMAGE)], IMAGE),
  'zero padding': onImage('PAD', [1, 6, 6, 6], (net) => [net.whole([0, 0, 1, 1, 0, 1, 0, 0], [4, 2])]),
  'padding with a stated zero': onImage('PADV2', [1, 5, 5, 6], (net) => [net.whole([0, 0, 1, 0, 0, 0, 0, 0], [4, 2]), net.reals([], [0])]),
  'the mean of an image': onImage('MEAN', [1, 6], (net) => [net.whole([1, 2])]),
  'the mean of an image, dimensions kept': onImage('MEAN', [1, 1, 1, 6], (net) => [net.whole([-2, 1])], { keep_dims: true }),
  'the largest of an image': onImage('REDUCE_MAX', [1, 6], (net) => [net.whole([1, 2])]),
  'a change of axes': onImage('TRANSPOSE', [1, 6, 4, 5], (net) => [net.whole([0, 3, 1, 2])]),
  'a slice': onImage('SLICE', [1, 2, 5, 3], (net) => [net.whole([0, 1, 0, 2]), net.whole([1, 2, -1, 3])]),
  'a strided slice with masks': onImage('STRIDED_SLICE', [1, 2, 3, 6], (net) => [net.whole([0, 1, 0, 0]), net.whole([1, 4, 5, 0]), net.whole([1, 2, 2, 1])], { end_mask: 8 }),
  'a strided slice that takes an axis away': onImage('STRIDED_SLICE', [1, 5, 6], (net) => [net.whole([0, 2, 0, 0]), net.whole([1, 3, 5, 6]), net.whole([1, 1, 1, 1])], { shrink_axis_mask: 2 }),
  'a reshape': onImage('RESHAPE', [1, 120], (net) => [net.whole([1, -1])], { new_shape: [1, -1] }),
  'axes of one put in and taken out': (net) => net.add('SQUEEZE', [net.add('EXPAND_DIMS', [net.input(1, 4, 6), net.whole([1], [])], [1, 1, 4, 6])], [1, 4, 6], { squeeze_dims: [1] }),
  'two values joined': (net) => {
    const x = net.input(...IMAGE);
    return net.add('CONCATENATION', [x, net.add('TANH', [x], IMAGE)], [1, 4, 5, 12], { axis: -1 });
  },
  'weights of 16 bits': (net) => {
    const half = net.halves([2, 4], [0x3c00, 0xbc00, 0x3555, 0x0001, 0x7bff, 0x8000, 0x2e66, 0x4248]);
    return net.add('FULLY_CONNECTED', [net.input(1, 4), net.add('DEQUANTIZE', [half], [2, 4], {}, 3), -1], [1, 2]);
  },
  'weights of 8 bits, made real by the file': (net) => {
    const values = Array.from({ length: 12 }, () => net.integer(0, 256));
    const codes = net.codes([3, 4], 'UINT8', { scale: Float32Array.of(0.02), zeroPoint: Int32Array.of(117), axis: 0 }, values);
    return net.add('FULLY_CONNECTED', [net.input(1, 4), net.add('DEQUANTIZE', [codes], [3, 4]), -1], [1, 3]);
  },
};

export function tfliteCases(seed: number): readonly TfliteCase[] {
  return Object.entries(BUILDS).map(([name, build], i) => {
    const net = new TfliteNetwork(seed + i);
    return { name, model: net.build(build(net)) };
  });
}

/** What converters write for `tf.reshape(x, (tf.shape(x)[0], 120))`. */
export function computedReshape(): TfliteModel {
  const net = new TfliteNetwork(1);
  const x = net.input(...IMAGE);
  const shape = net.add('SHAPE', [x], [4], {}, 1, 'INT32');
  const first = net.add('STRIDED_SLICE', [shape, net.whole([0]), net.whole([1]), net.whole([1])], [], { shrink_axis_mask: 1 }, 1, 'INT32');
  const packed = net.add('PACK', [first, net.whole([120], [])], [2], { values_count: 2 }, 1, 'INT32');
  return net.build(net.add('RESHAPE', [x, packed], [1, 120]));
}
