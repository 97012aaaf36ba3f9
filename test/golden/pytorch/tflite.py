"""
Runs TensorFlow Lite files on PyTorch and NumPy alone: its own reader of the bytes, the operators as the format's documentation
gives them, integers read as the real numbers they stand for. Larq's binary convolutions are made of signs and whole numbers.

    python3 test/golden/pytorch/tflite.py FOLDER > test/golden/tflite-answers.json

FOLDER holds the files that are named below. The test makes the same inputs.
"""
import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch

from networks import uniforms

FILES = [
    'mnist/conv_fc_mnist.tflite', 'mlperf-tiny/pretrainedResnet.tflite', 'mlperf-tiny/pretrainedResnet_quant.tflite',
    'mlperf-tiny/kws_ref_model.tflite', 'mlperf-tiny/kws_ref_model_float32.tflite', 'mlperf-tiny/ad01_int8.tflite',
    'tflite/hello_world_float.tflite', 'tflite/hello_world_int8.tflite', 'tflite/mobilenet_v1_0.25_224_float.tflite',
    'tflite/person_detect.tflite', 'larq/quicknet_lce.tflite',
]
SEED = 1
TYPES = {0: '<f4', 1: '<f2', 2: '<i4', 3: 'u1', 4: '<i8', 9: 'i1'}


class Table:
    def __init__(self, data, at):
        self.data, self.at = data, at

    def field(self, slot):
        layout = self.at - struct.unpack_from('<i', self.data, self.at)[0]
        size = struct.unpack_from('<H', self.data, layout)[0]
        offset = struct.unpack_from('<H', self.data, layout + 4 + 2 * slot)[0] if 4 + 2 * slot < size else 0
        return self.at + offset if offset else None

    def number(self, slot, kind='<i', default=0):
        at = self.field(slot)
        return default if at is None else struct.unpack_from(kind, self.data, at)[0]

    def follow(self, slot):
        at = self.field(slot)
        return None if at is None else at + struct.unpack_from('<I', self.data, at)[0]

    def table(self, slot):
        at = self.follow(slot)
        return None if at is None else Table(self.data, at)

    def array(self, slot, kind):
        at = self.follow(slot)
        return np.zeros(0, kind) if at is None else np.frombuffer(self.data, kind, struct.unpack_from('<I', self.data, at)[0], at + 4)

    def tables(self, slot):
        at = self.follow(slot)
        if at is None:
            return []
        starts = [at + 4 + 4 * i for i in range(struct.unpack_from('<I', self.data, at)[0])]
        return [Table(self.data, start + struct.unpack_from('<I', self.data, start)[0]) for start in starts]

    def text(self, slot):
        return bytes(self.array(slot, 'u1')).decode()


def flexible(data):
    """The numbers of a FlexBuffer whose root is a map, by name."""
    def indirect(at, width):
        return at - int.from_bytes(data[at:at + width], 'little')

    root_width = data[-1]
    width = 1 << (data[-2] & 3)
    root = indirect(len(data) - 2 - root_width, root_width)
    size = int.from_bytes(data[root - width:root], 'little')
    keys = indirect(root - 3 * width, width)
    key_width = int.from_bytes(data[root - 2 * width:root - width], 'little')
    result = {}
    for i in range(size):
        key = indirect(keys + i * key_width, key_width)
        name = data[key:data.index(0, key)].decode()
        result[name] = int.from_bytes(data[root + i * width:root + (i + 1) * width], 'little', signed=True)
    return result


class Network:
    def __init__(self, data):
        root = Table(data, struct.unpack_from('<I', data, 0)[0])
        self.codes = [(max(c.number(0, '<b'), c.number(3)), c.text(1)) for c in root.tables(1)]
        self.buffers = [b.array(0, 'u1') for b in root.tables(4)]
        graph = root.tables(2)[0]
        self.tensors = graph.tables(0)
        self.inputs, self.outputs = graph.array(1, '<i4'), graph.array(2, '<i4')
        self.operators = graph.tables(3)
        self.values = {}

    def shape(self, index):
        return [int(size) for size in self.tensors[index].array(0, '<i4')]

    def stored(self, index):
        """Numbers as they stand in the file."""
        tensor = self.tensors[index]
        return self.buffers[tensor.number(2, '<I')].view(TYPES[tensor.number(1, '<b')]).reshape(self.shape(index))

    def value(self, index):
        if index in self.values:
            return self.values[index]
        numbers = self.stored(index)
        grid = self.tensors[index].table(4)
        scale = grid.array(2, '<f4').astype('f8') if grid else np.zeros(0)
        if numbers.dtype.kind in 'iu' and len(scale):
            zero = grid.array(3, '<i8')
            axis = grid.number(6) if numbers.ndim > 1 else 0
            along = [-1 if i == axis and len(scale) > 1 else 1 for i in range(numbers.ndim)]
            numbers = (numbers - zero.reshape(along)) * scale.reshape(along)
        return torch.from_numpy(np.array(numbers, 'f8' if numbers.dtype.kind == 'f' else numbers.dtype))

    def run(self, given):
        self.values = {int(self.inputs[0]): torch.from_numpy(given)}
        for operator in self.operators:
            code, custom = self.codes[operator.number(0, '<I')]
            ins, outs = [int(i) for i in operator.array(1, '<i4')], [int(i) for i in operator.array(2, '<i4')]
            self.values[outs[0]] = self.step(code, custom, operator, ins, outs)
        return self.values[int(self.outputs[0])].numpy().reshape(-1)

    def step(self, code, custom, operator, ins, outs):
        options = operator.table(4) or Table(b'\x04\x00\x04\x00\x04\x00\x00\x00', 4)
        x = self.value(ins[0])
        if code == 3:
            kernel = self.value(ins[1]).permute(0, 3, 1, 2)
            stride, dilation = (options.number(2), options.number(1)), (options.number(5, default=1), options.number(4, default=1))
            return active(convolve(x, kernel, self.value(ins[2]), stride, dilation, options.number(0, '<b'), 1), options.number(3, '<b'))
        if code == 4:
            kernel = self.value(ins[1]).permute(3, 0, 1, 2)
            stride, dilation = (options.number(2), options.number(1)), (options.number(6, default=1), options.number(5, default=1))
            return active(convolve(x, kernel, self.value(ins[2]), stride, dilation, options.number(0, '<b'), x.shape[3]), options.number(4, '<b'))
        if code == 9:
            bias = self.value(ins[2]) if len(ins) > 2 and ins[2] >= 0 else 0
            return active(x.reshape(1, -1) @ self.value(ins[1]).T + bias, options.number(0, '<b'))
        if code in (1, 17):
            return active(pool(x, code == 17, (options.number(4), options.number(3)), (options.number(2), options.number(1)), options.number(0, '<b')), options.number(5, '<b'))
        if code in (0, 18):
            y = self.value(ins[1])
            return active(x + y if code == 0 else x * y, options.number(0, '<b'))
        if code == 2:
            return torch.cat([self.value(i) for i in ins], options.number(0))
        if code in (22, 43):
            return x.reshape(self.shape(outs[0]))
        if code == 25:
            return torch.softmax(x, -1)
        if custom == 'LceBconv2d':
            return self.binary(flexible(bytes(operator.array(5, 'u1'))), x, ins, self.shape(outs[0]))
        raise ValueError(f'operator {code} {custom}')

    def binary(self, options, x, ins, shape):
        channels = options['channels_in']
        words = self.stored(ins[1]).view('<u4')
        bits = (words[..., None] >> np.arange(32, dtype='<u4')) & 1
        kernel = torch.from_numpy(1.0 - 2 * bits.reshape(*words.shape[:3], -1)[..., :channels].astype('f8')).permute(0, 3, 1, 2)
        signs = torch.where(x >= 0, 1.0, -1.0).double()
        stride = (options['stride_height'], options['stride_width'])
        padding = 0 if shape[1] * stride[0] >= x.shape[1] else 1
        total = convolve(signs, kernel, torch.zeros(kernel.shape[0], dtype=torch.float64), stride, (1, 1), padding, 1, float(options['pad_values']))
        return active(total, options['fused_activation_function']) * self.value(ins[2]) + self.value(ins[3])


def active(x, kind):
    limits = {0: (None, None), 1: (0, None), 2: (-1, 1), 3: (0, 6)}[kind]
    return x if kind == 0 else torch.clamp(x, *limits)


def same(size, window, stride):
    total = max(0, (-(-size // stride) - 1) * stride + window - size)
    return total // 2, total - total // 2


def padded(x, window, stride, padding, value):
    (top, bottom), (left, right) = [same(x.shape[1 + i], window[i], stride[i]) if padding == 0 else (0, 0) for i in (0, 1)]
    return torch.nn.functional.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom), value=value)


def convolve(x, kernel, bias, stride, dilation, padding, groups, value=0.0):
    window = [(kernel.shape[2 + i] - 1) * dilation[i] + 1 for i in (0, 1)]
    return torch.nn.functional.conv2d(padded(x, window, stride, padding, value), kernel.double(), bias.double(), stride, 0, dilation, groups).permute(0, 2, 3, 1)


def pool(x, largest, window, stride, padding):
    if largest:
        return torch.nn.functional.max_pool2d(padded(x, window, stride, padding, float('-inf')), window, stride).permute(0, 2, 3, 1)
    sums = torch.nn.functional.avg_pool2d(padded(x, window, stride, padding, 0.0), window, stride)
    count = torch.nn.functional.avg_pool2d(padded(torch.ones_like(x), window, stride, padding, 0.0), window, stride)
    return (sums / count).permute(0, 2, 3, 1)


def main():
    torch.set_num_threads(1)
    answers = {}
    for name in FILES:
        network = Network((Path(sys.argv[1]) / name).read_bytes())
        shape = network.shape(int(network.inputs[0]))
        output = network.run(np.array(uniforms(SEED, int(np.prod(shape))), 'f8').reshape(shape))
        answers[name] = [float(f'{value:.7g}') for value in output]
    print('{\n' + ',\n'.join(f'  {json.dumps(name)}: {json.dumps(list(values), separators=(",", ":"))}' for name, values in answers.items()) + '\n}')


main()
