"""What the small input files of the steps contain, from seeded random numbers."""

import pickle
from typing import Any

import numpy as np
import torch

from radiogaze.campaigns.variants import Variant
from radiogaze.data.catalogue import META, RELEASES
from radiogaze.data.store import Cutouts
from training_tools import few_cutouts as plain_cutouts


def few_cutouts() -> Cutouts:
    """Twenty training and four test sources, of two classes and confidences in turn."""
    cutouts = plain_cutouts()
    table = cutouts.catalogue
    confidence = np.where(np.arange(len(table)) // 2 % 2, "uncertain", "certain")
    table = table.assign(confidence=confidence, position=table.groupby("split").cumcount())
    return Cutouts(cutouts.images, table)


def evaluation(row: Variant, value: float) -> dict[str, Any]:
    """Return the content of a metrics.json whose metrics are all about one value."""
    estimate = {"value": value, "low": value - 0.05, "high": value + 0.05, "monte_carlo": 0.002}
    both = {"FRI": estimate, "FRII": estimate}
    metrics = {**dict.fromkeys(("accuracy", "auc", "auc_logits"), estimate)}
    metrics |= dict.fromkeys(("f1", "precision", "recall"), both)
    orders = {}
    for name in ("file", "shuffled", "single"):
        orders[name] = {"confusion": [[60, 14], [6, 73]], **metrics}
    known = {"variant": row.variant, "dataset": row.dataset, "passes": 8, "seed": 0}
    made = {"commit": "c0ffee" * 7, "inputs": {"images": "sha256:" + "ab" * 32}}
    sources = {"sources": {"FRI": 74, "FRII": 79}}
    return {**known, **sources, "orders": orders, "unaugmented": orders, "provenance": made}


def weight(name: str, tensor: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
    """Return random weights of the size that they have in a trained network."""
    if not tensor.is_floating_point():
        return tensor
    shape = tuple(tensor.shape)
    if tensor.ndim > 1:
        values = random.normal(0, (2 / tensor[0].numel()) ** 0.5, shape)
    elif name.endswith(("running_var", "weight")):
        values = random.uniform(0.5, 1.5, shape)
    else:
        values = random.normal(0, 0.1, shape)
    return torch.from_numpy(values.astype(np.float32))


def batches(name: str) -> dict[str, bytes]:
    """Return an archive's batches: one bright pixel in each image, labels as often as released."""
    release = RELEASES[name]
    labels = list(enumerate(release.labels))
    every = [number for number, label in labels for _ in range(label.train)]
    every += [number for number, label in labels for _ in range(label.test)]
    size = release.per_batch
    members = {}
    for index, batch in enumerate(release.batches):
        own = every[index * size : (index + 1) * size]
        images = np.zeros((size, 150 * 150), np.uint8)
        images[np.arange(size), np.arange(size) * 7 + index] = 1 + np.arange(size) % 255
        names = [
            f"{release.labels[label].code}_{100 + index}.{n:03d}+01.5_0.1_0020.5.png"
            for n, label in enumerate(own)
        ]
        content = {"labels": own, "filenames": names}
        content["data"] = [image.reshape(150, 150) for image in images]
        members[f"batches/{batch}"] = pickle.dumps(content, protocol=4)
    meta = {"label_names": [label.code for label in release.labels]}
    return {**members, f"batches/{META}": pickle.dumps(meta, protocol=4)}
