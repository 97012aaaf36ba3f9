"""
Runs ONNX files of operator sets before 7, which ONNX Runtime does not take, on PyTorch: its own reader of the bytes.

    python3 test/golden/pytorch/onnx.py FOLDER > test/golden/onnx-answers.json

FOLDER holds the files that are named below. The test makes the same inputs. Of each answer every STEP-th number is kept.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from networks import uniforms

FILES = {'onnx/super_resolution.onnx': 4001, 'mnist/mnist-1-opset1.onnx': 1}
SEED = 1


def varint(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        else:
            size, at = {1: (8, at), 5: (4, at)}.get(tag & 7) or varint(data, at)
            value, at = data[at:at + size], at + size
        yield tag >> 3, value


def integers(values):
    for value in values:
        if isinstance(value, int):
            yield value
            continue
        at = 0
        while at < len(value):
            number, at = varint(value, at)
            yield number


def grouped(data):
    groups = {}
    for number, value in fields(data):
        groups.setdefault(number, []).append(value)
    return groups


def tensor(data):
    g = grouped(data)
    dims = list(integers(g.get(1, [])))
    if g[2][0] == 7:
        values = np.frombuffer(g[9][0], '<i8') if 9 in g else np.array(list(integers(g[7])), np.int64)
    else:
        values = np.frombuffer(g[9][0] if 9 in g else b''.join(g[4]), '<f4')
    return values.reshape(dims)


def attributes(node):
    result = {}
    for data in node.get(5, []):
        g = grouped(data)
        name = g[1][0].decode()
        if 5 in g:
            result[name] = tensor(g[5][0])
        elif 8 in g:
            result[name] = list(integers(g[8]))
        elif 4 in g:
            result[name] = g[4][0].decode()
        elif 3 in g:
            result[name] = g[3][0]
    return result


def padded(x, a, size, filling):
    strides = a.get('strides', [1, 1])
    if a.get('auto_pad', 'NOTSET') == 'SAME_UPPER':
        pads = []
        for length, k, s in zip(x.shape[2:], size, strides):
            total = max(0, (-(-length // s) - 1) * s + k - length)
            pads.append((total // 2, total - total // 2))
    else:
        p = a.get('pads', [0, 0, 0, 0])
        pads = [(p[0], p[2]), (p[1], p[3])]
    return F.pad(x, [*pads[1], *pads[0]], value=filling), strides


def second(x, b, a):
    """Before operator set 7 the second operand named its first axis."""
    if not a.get('broadcast'):
        return b
    start = a.get('axis', x.dim() - b.dim())
    return b.reshape([*b.shape, *[1] * (x.dim() - start - b.dim())])


def run(path, sample):
    graph = grouped(grouped(path.read_bytes())[7][0])
    values = {}
    for data in graph.get(5, []):
        values[grouped(data)[8][0].decode()] = torch.from_numpy(tensor(data).copy())
    for info in graph[11]:
        name = grouped(info)[1][0].decode()
        if name not in values:
            shape = [next(integers(grouped(d).get(1, [1]))) for d in grouped(grouped(grouped(grouped(info)[2][0])[1][0])[2][0])[1]]
            values[name] = torch.tensor(np.asarray(sample(int(np.prod(shape))), np.float32)).reshape([1, *shape[2:], shape[1]]).permute(0, 3, 1, 2)
    for data in graph[1]:
        node = grouped(data)
        op, a = node[4][0].decode(), attributes(node)
        inputs = [values[name.decode()] for name in node.get(1, [])]
        if op == 'Constant':
            result = torch.from_numpy(a['value'].copy())
        elif op == 'Conv':
            x, strides = padded(inputs[0], a, inputs[1].shape[2:], 0)
            result = F.conv2d(x, inputs[1], stride=strides)
        elif op == 'MaxPool':
            x, strides = padded(inputs[0], a, a['kernel_shape'], -np.inf)
            result = F.max_pool2d(x, a['kernel_shape'], strides)
        elif op == 'Add':
            result = inputs[0] + second(inputs[0], inputs[1], a)
        elif op == 'Relu':
            result = torch.relu(inputs[0])
        elif op == 'MatMul':
            result = inputs[0] @ inputs[1]
        elif op == 'Reshape':
            result = inputs[0].reshape(a['shape'] if 'shape' in a else inputs[1].tolist())
        elif op == 'Transpose':
            result = inputs[0].permute(a['perm'])
        else:
            raise ValueError(op)
        values[node[2][0].decode()] = result
    answer = values[grouped(graph[12][0])[1][0].decode()]
    return (answer.permute(0, 2, 3, 1) if answer.dim() == 4 else answer).flatten()


if __name__ == '__main__':
    answers = {}
    for file, step in FILES.items():
        answer = run(Path(sys.argv[1]) / file, lambda count: uniforms(SEED, count))
        answers[file] = {'step': step, 'values': [float('%.7g' % value) for value in answer[::step].tolist()]}
    print('{\n' + ',\n'.join('  %s: %s' % (json.dumps(file), json.dumps(row, separators=(',', ':'))) for file, row in answers.items()) + '\n}')
