"""The networks of test/fixtures/training-networks.ts in PyTorch, with inputs and weights that both sides can draw."""
import numpy as np
import torch
from torch import nn


def uniforms(seed, count):
    """Numbers in [-1, 1) of a linear congruential generator (Numerical Recipes), as float32."""
    state = seed & 0xFFFFFFFF
    values = np.empty(count, dtype=np.float64)
    for i in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = state / 2147483648.0 - 1.0
    return values.astype(np.float32)


def norm(channels):
    # PyTorch's momentum is the weight of the new statistics.
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.1)


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 5, padding=2, bias=False)
        self.bn1 = norm(32)
        self.conv2 = nn.Conv2d(32, 64, 5, padding=2, bias=False)
        self.bn2 = norm(64)
        self.dense1 = nn.Linear(3136, 128, bias=False)
        self.bn3 = nn.BatchNorm1d(128, eps=1e-3, momentum=0.1)
        self.dense2 = nn.Linear(128, 10)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 2)
        x = nn.functional.max_pool2d(torch.relu(self.bn2(self.conv2(x))), 2)
        # Channels last, as the weights of the dense layer are ordered.
        x = x.permute(0, 2, 3, 1).reshape(x.shape[0], -1)
        return self.dense2(torch.relu(self.bn3(self.dense1(x))))


class Stack(nn.Module):
    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.bn1 = norm(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = norm(channels)
        self.shortcut = nn.Conv2d(inputs, channels, 1, stride, bias=False) if stride > 1 else None

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (x if self.shortcut is None else self.shortcut(x)))


class ResNet8(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn = norm(16)
        self.stacks = nn.Sequential(Stack(16, 16, 1), Stack(16, 32, 2), Stack(32, 64, 2))
        self.dense = nn.Linear(64, 10)

    def forward(self, x):
        x = self.stacks(torch.relu(self.bn(self.stem(x))))
        return self.dense(x.mean((2, 3)))


class MobileNet(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(3, 8, 3, 2, 1, bias=False), norm(8), nn.ReLU()]
        inputs = 8
        blocks = [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2)] + [(128, 1)] * 5 + [(256, 2), (256, 1)]
        for channels, stride in blocks:
            layers += [nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False), norm(inputs), nn.ReLU()]
            layers += [nn.Conv2d(inputs, channels, 1, bias=False), norm(channels), nn.ReLU()]
            inputs = channels
        self.features = nn.Sequential(*layers)
        self.dense = nn.Linear(inputs, 2)

    def forward(self, x):
        return self.dense(self.features(x).mean((2, 3)))


NETWORKS = {"LeNet": (LeNet, (28, 28, 1), 10), "ResNet-8": (ResNet8, (32, 32, 3), 10), "MobileNetV1-0.25": (MobileNet, (96, 96, 3), 2)}


def draw_weights(network):
    """Kernels in the order of the network, seeds 1, 2, …: uniform with the deviation of He et al. 2015; biases 0."""
    seed = 0
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d):
                seed += 1
                outputs, inputs, height, width = layer.weight.shape
                bound = np.float32(np.sqrt(6.0 / (inputs * height * width)))
                values = uniforms(seed, layer.weight.numel()) * bound
                layer.weight.copy_(torch.from_numpy(values.reshape(height, width, inputs, outputs).transpose(3, 2, 0, 1).copy()))
            elif isinstance(layer, nn.Linear):
                seed += 1
                outputs, inputs = layer.weight.shape
                bound = np.float32(np.sqrt(6.0 / inputs))
                layer.weight.copy_(torch.from_numpy((uniforms(seed, layer.weight.numel()) * bound).reshape(inputs, outputs).T.copy()))
                if layer.bias is not None:
                    layer.bias.zero_()


def batch_of(name, size, seed):
    """Images in [-1, 1) and labels."""
    _, (height, width, channels), classes = NETWORKS[name]
    images = uniforms(seed, size * height * width * channels).reshape(size, height, width, channels).transpose(0, 3, 1, 2)
    labels = np.floor((uniforms(seed + 1, size).astype(np.float64) + 1) / 2 * classes).astype(np.int64)
    return torch.from_numpy(images.copy()), torch.from_numpy(labels)
