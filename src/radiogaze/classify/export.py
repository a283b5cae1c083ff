"""A trained network, or an ensemble, as one file that needs only PyTorch."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import torch
from torch import Tensor, nn

from radiogaze.augmentation.transform import to_network_input
from radiogaze.classify.classifier import Member
from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import atomic_path
from radiogaze.files.broken_bytes import one_line
from radiogaze.models.gates import within_images
from radiogaze.provenance.record import to_json
from radiogaze.terms import CUTOUT_PIXELS

TOLERANCE = 1e-4  # of a logit, as a fraction of the largest; covers rounding
BATCHES = (1, 2, 5)  # images a batch in the check
METADATA = "radiogaze.json"  # inside the exported file


class Exportable(nn.Module):
    """The exported module: 8-bit cutouts in, probabilities and logits out, per image.

    Parameters
    ----------
    networks
        Trained networks; they are copied, and range and standardisation of the copies use the
        minimum and maximum of each image instead of the batch's.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(map(within_images, networks))

    def forward(self, cutouts: Tensor) -> tuple[Tensor, Tensor]:
        """Return probabilities and logits [N, 2] (FRI, FRII) of cutouts uint8 [N, 150, 150].

        Both are means over the networks, without augmentation.
        """
        images = to_network_input(cutouts)
        logits = torch.stack([network(images) for network in self.networks])
        return torch.softmax(logits, dim=2).mean(0), logits.mean(0)


def export(members: Sequence[Member], path: Path) -> float:
    """Write networks with `torch.export`, after checking that the file agrees with them.

    Read it with ``torch.export.load(path).module()``; it takes any number of cutouts.

    Parameters
    ----------
    members
        The trained network, or those of an ensemble.
    path
        The ``.pt2`` file; it is written only if the check passes.

    Returns
    -------
    float
        The largest difference of a logit, as a fraction of the largest logit.

    Raises
    ------
    RadiogazeError
        If the exported network differs from the original, or the file cannot be written.
    """
    if path.suffix != ".pt2":
        raise RadiogazeError(f"{path}: expected a name that ends in .pt2")
    plain = Exportable([member.network for member in members]).eval()
    example = (_images(BATCHES[1]),)
    dynamic = {"cutouts": {0: torch.export.Dim("count", min=1)}}
    try:
        with torch.no_grad():
            program = torch.export.export(plain, example, dynamic_shapes=dynamic, strict=True)
    except RuntimeError as error:
        raise RadiogazeError(
            f"{members[0].file}: torch.export cannot take this network: {one_line(error)}"
        ) from None
    variants = [member.variant.cells for member in members]
    metadata = to_json({"variants": variants, "input": "uint8 [N, 150, 150]"})
    file = io.BytesIO()
    torch.export.save(program, file, extra_files={METADATA: metadata})
    difference = compare(plain, file)
    with atomic_path(path) as temporary:
        temporary.write_bytes(file.getvalue())
    return difference


def compare(plain: nn.Module, file: IO[bytes]) -> float:
    """Compare an exported file with the original on batches of several sizes.

    Returns
    -------
    float
        The largest difference of a logit, as a fraction of the largest logit.

    Raises
    ------
    RadiogazeError
        If it is larger than `TOLERANCE`.
    """
    file.seek(0)
    exported: Any = torch.export.load(file).module()
    worst = 0.0
    with torch.no_grad():
        for size in BATCHES:
            cutouts = _images(size)
            (_, found), (_, expected) = exported(cutouts), plain(cutouts)
            worst = max(worst, float((found - expected).abs().max() / expected.abs().max()))
    if not worst <= TOLERANCE:  # true for NaN too
        raise RadiogazeError(
            f"the exported network differs from the original by {worst:.2g} of its"
            f" largest logit, expected at most {TOLERANCE:g}; nothing was written"
        )
    return worst


def _images(count: int) -> Tensor:
    """Return reproducible images, mostly blank like cutouts, uint8 [N, 150, 150]."""
    random = torch.Generator().manual_seed(0)
    value, there = torch.rand(2, count, CUTOUT_PIXELS, CUTOUT_PIXELS, generator=random)
    return torch.where(there < 0.02, value * 256, 0).to(torch.uint8)  # noqa: PLR2004
