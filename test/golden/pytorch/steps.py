"""Training steps in PyTorch for npm run bench:train: reads {"network", "batch", "threads", "count"} a line, writes milliseconds a step."""
import json
import sys
import time

import torch
from networks import NETWORKS, batch_of

print(json.dumps({"torch": torch.__version__, "mkldnn": torch.backends.mkldnn.is_available()}), flush=True)
known = {}


def prepare(name, batch):
    network = NETWORKS[name][0]()
    network.train()
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7)
    images, labels = batch_of(name, batch, 1000)

    def step():
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(images), labels)
        loss.backward()
        optimiser.step()
        return loss.item()

    return step


for line in sys.stdin:
    order = json.loads(line)
    torch.set_num_threads(order["threads"])
    key = (order["network"], order["batch"])
    if key not in known:
        known[key] = prepare(*key)
    times = []
    for _ in range(order["count"]):
        start = time.perf_counter()
        known[key]()
        times.append((time.perf_counter() - start) * 1000)
    print(json.dumps(times), flush=True)
