"""The authors' released AG-CNN weights, read into our modules."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import one_line
from radiogaze.files.reading import reading
from radiogaze.models.agcnn import AGCNN, BLOCKS

_FOLDER = re.compile(
    r"\d{4}Exp(?:3(?P<gates>\d)|\d)"
    r"-(?P<normalisation>range_norm|std_mean_norm|sigmoid|softmax|tanh)"
    r"-(?P<data>[A-Za-z]+)Adam"
    r"-AGRadGalNet(?P<aggregation>mean|concat|deep_sup|ft)"
    r"-\de-\d\d"
)
# Where a sheet's names are others.
_NORMALISATIONS = {"range_norm": "range", "std_mean_norm": "standardisation"}
_DATASETS = {
    "MiraBestNOHYBRID": "mirabest",
    "MiraBestNOUNC": "mirabest-certain",
    "FRDEEP": "frdeep",
}
# What all of them are, by the columns of a sheet.
_ALL_ARE = {
    "architecture": "ag-cnn",
    "unit_order": "bn_relu",
    "kernel": 3,
    "width_divisor": "1",
    "size": 150,
    "pixel_scaling": "symmetric",
    "pooling": "sum",
}
# Layers that every released file holds and the released network never calls.
_UNUSED = re.compile(r"fc[123]\.(weight|bias)")


@dataclass(frozen=True)
class ReleasedName:
    """What the name of a released folder says, in the words of our experiment sheets."""

    gates: int
    normalisation: str
    aggregation: str
    dataset: str

    @property
    def columns(self) -> dict[str, Any]:
        """What the model is, by the columns of a sheet; the scope of its gates is left open."""
        found = {"dataset": self.dataset, "gates": self.gates, **_ALL_ARE}
        if self.gates:  # without gates, the folder names a normalisation that is not there
            found |= {"normalisation": self.normalisation, "aggregation": self.aggregation}
        return found | ({"head": "relu"} if self.gates and self.aggregation == "ft" else {})


def parse_folder(folder: str) -> ReleasedName:
    """Read a folder name such as ``0709Exp1-range_norm-FRDEEPAdam-AGRadGalNetft-5e-05``.

    Raises
    ------
    RadiogazeError
        If the name does not follow the authors' pattern.
    """
    match = _FOLDER.fullmatch(folder)
    if not match or match["data"] not in _DATASETS:
        raise RadiogazeError(
            f"{folder}: not the name of a released model, expected"
            " <MMDD>Exp<k>-<normalisation>-<data>Adam-AGRadGalNet<aggregation>-<learning rate>"
        )
    return ReleasedName(
        gates=int(match["gates"] or 3),
        normalisation=_NORMALISATIONS.get(match["normalisation"], match["normalisation"]),
        aggregation=match["aggregation"].replace("_", ""),
        dataset=_DATASETS[match["data"]],
    )


def load_released(path: str | Path, scope: str = "batch") -> AGCNN:
    """Build the network of a released model and load its weights.

    Parameters
    ----------
    path
        ``.../<folder>/<epoch>.pt``; the folder's name says the variant.
    scope
        Whose minimum and maximum range and standardisation use: ``"batch"`` (as published) or
        ``"image"``.

    Returns
    -------
    AGCNN
        In evaluation mode, on the CPU: ``model(images)`` gives logits [N, 2] of images
        [N, 1, 150, 150] in [-1, 1], ``model.attention_maps(images)`` the maps, gate 1 first.

    Raises
    ------
    RadiogazeError
        If the folder's name is not a released model's, or the file is missing, is not a plain
        dictionary of tensors (no code is ever run from it) or does not fit the network.
    """
    path = Path(path)
    name = parse_folder(path.resolve().parent.name)
    model = AGCNN(name.gates, name.normalisation, scope, name.aggregation)
    theirs = read_state_dict(path)
    used = {key: value for key, value in theirs.items() if not _UNUSED.fullmatch(key)}
    try:
        model.load_state_dict({_our_key(key, name.gates): used[key] for key in used})
    except RuntimeError as error:
        raise RadiogazeError(f"{path}: does not fit its folder's name: {one_line(error)}") from None
    return model.eval()


def read_state_dict(path: Path) -> Mapping[str, Tensor]:
    """Read a ``.pt`` file that holds nothing but tensors, by name.

    Raises
    ------
    RadiogazeError
        If it is missing, broken, or holds anything else.
    """
    # torch's readers raise anything on broken files, AssertionError too
    with reading(path, "a file of weights", "fetch-weights", Exception):
        state = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(state, Mapping) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in state.items()
    ):
        raise RadiogazeError(f"{path}: holds a {type(state).__name__}, expected tensors by name")
    return state


def _our_key(key: str, gates: int) -> str:
    """Translate a released name of a tensor into ours."""
    unit = re.fullmatch(r"(conv|bnorm)(\w\w)\.(\w+)", key)
    if unit and any(unit[2] in names for names in BLOCKS):
        return f"units.{unit[2]}.{'conv' if unit[1] == 'conv' else 'norm'}.{unit[3]}"
    gate = re.fullmatch(r"attention([123])\.(.+)", key)
    if gate:
        return f"gates.{int(gate[1]) - 1}.{gate[2]}"
    vote = re.fullmatch(r"classifiers\.(\d)\.(\w+)", key)
    if vote:
        return f"readout.per_gate.{vote[1]}.{vote[2]}"
    return key.replace("classifier.", "readout.combined." if gates else "readout.")
