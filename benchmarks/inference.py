"""Images a second of the evaluation's forward pass: the prepared form against the plain one.

    python benchmarks/inference.py [--threads 2] [--gates 3] [--device cpu]

Both forms run in turn in this process (A B A B ...) on the same images, batch 16 as published, so
that a slow moment of the machine meets both; the ratio is the median of the ratios of each pair.
The plain form is the network as it is built: contiguous, float32, in inference mode.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

from radiogaze.models import AGCNN
from radiogaze.models.device import choose_device
from radiogaze.models.inference import FastAGCNN

BATCH = 16


def seconds(function: Callable[[Tensor], Tensor], images: Tensor) -> tuple[float, Tensor]:
    """Return how long one call takes, and its result."""
    start = time.perf_counter()
    logits = function(images)
    if images.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - start, logits


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--gates", type=int, default=3, choices=range(4))
    parser.add_argument("--normalisation", default="range")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--pairs", type=int, default=15)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    device = choose_device(arguments.device)
    torch.manual_seed(0)
    model = AGCNN(gates=arguments.gates, normalisation=arguments.normalisation).eval().to(device)
    fast = FastAGCNN(model)
    # mostly blank background, as the data: 1.7 % of the pixels are not zero
    images = torch.where(torch.rand(BATCH, 1, 150, 150) < 0.017, 1.0, -1.0).to(device)

    pairs = []
    with torch.inference_mode():
        model(images), fast.logits(images)  # the first calls choose kernels
        for _ in range(arguments.pairs):
            plain_s, expected = seconds(model, images)
            fast_s, found = seconds(fast.logits, images)
            pairs.append((plain_s, fast_s))
    error = ((found - expected).abs().max() / expected.abs().max()).item()
    plain, prepared = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(
        f"{device}, threads {arguments.threads}, gates {arguments.gates}, batch {BATCH},"
        f" {len(pairs)} pairs"
    )
    print(f"plain     {BATCH / plain:7.1f} images/s")
    print(f"prepared  {BATCH / prepared:7.1f} images/s")
    print(f"ratio     {ratio:7.2f} (median of pairs)")
    print(f"logits    {error:.1e} relative difference")


if __name__ == "__main__":
    main()
