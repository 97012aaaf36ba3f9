"""Ten training steps in PyTorch: writes ../training-losses.json, which test/golden/training-losses.test.ts reads.

Usage: python3 test/golden/pytorch/losses.py   (needs PyTorch; Debian: python3-torch)
"""
import json
import pathlib

import torch
from networks import NETWORKS, batch_of, draw_weights

STEPS = 10
CASES = [("LeNet", 64), ("ResNet-8", 32)]


def losses(name, size, double):
    network = NETWORKS[name][0]()
    draw_weights(network)
    if double:
        network = network.double()
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7)
    network.train()
    result = []
    for step in range(STEPS):
        images, labels = batch_of(name, size, 1000 + 10 * (step % 4))
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(images.double() if double else images), labels)
        loss.backward()
        optimiser.step()
        result.append(loss.item())
    return result


torch.set_num_threads(1)
record = {
    "torch": torch.__version__,
    "steps": STEPS,
    "networks": [
        {"name": name, "batch": size, "losses": losses(name, size, False), "doubleLosses": losses(name, size, True)} for name, size in CASES
    ],
}
path = pathlib.Path(__file__).parent.parent / "training-losses.json"
path.write_text(json.dumps(record, indent=1) + "\n")
print(path.read_text())
