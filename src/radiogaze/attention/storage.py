"""Attention on disk: one ``.npz`` a model, arrays and their provenance, read without torch."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from radiogaze.errors import RadiogazeError
from radiogaze.files.npz import save_arrays
from radiogaze.files.reading import reading
from radiogaze.provenance.record import to_json
from radiogaze.terms import CLASSES

Floats = NDArray[np.floating[Any]]
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Examples:
    """Some sources and their attention maps.

    Attributes
    ----------
    names, classes, confidences
        Text [N]: source name, FRI or FRII, certain or uncertain (or empty).
    letters
        Text [N]: the letter of a source in Table 10, or empty.
    positions
        Their indices in the test file, int64 [N].
    images
        uint8 [N, 150, 150], 1.8 arcsec a pixel.
    maps
        The attention maps, means over the gates, float32 [N, 150, 150].
    gates
        Each gate's own map, gate 1 first, float32 [N, h, w].
    logits
        float32 [N, 2], one source at a time.
    about
        ``variant``, ``gates``, ``normalisation``, ``aggregation``, ``scaling``, ``resize`` and
        ``provenance``.
    """

    names: NDArray[np.str_]
    classes: NDArray[np.str_]
    confidences: NDArray[np.str_]
    letters: NDArray[np.str_]
    positions: NDArray[np.int64]
    images: NDArray[np.uint8]
    maps: Floats
    gates: list[Floats]
    logits: Floats
    about: dict[str, Any]

    def index(self, name: str) -> int:
        """Return the index of the first source of a class.

        Raises
        ------
        RadiogazeError
            If there is none, or the first source of all is no FRI.
        """
        found = np.flatnonzero(self.classes == name)
        if not len(found):
            raise RadiogazeError(
                f"examples of {self.about['variant']}: no {name} source among"
                f" {', '.join(self.names)}; extract one of each class"
            )
        if self.classes[0] != CLASSES[0]:
            raise RadiogazeError(
                f"examples of {self.about['variant']}: the first, {self.names[0]}, has class"
                f" {self.classes[0]}; expected {CLASSES[0]} first, as in the captions"
            )
        return int(found[0])


@dataclass(frozen=True)
class Aggregate:
    """Mean images and attention maps of groups of sources over augmented passes.

    Attributes
    ----------
    groups
        Text [G]: ``FRI``, ``FRII``; ``FRI-certain`` etc.; ``FRI-as-FRII`` (true, predicted) etc.
        A group that never had a member is left out.
    counts
        Members over all passes, int64 [G].
    images
        Mean images, pixel values 0..1, float32 [G, 150, 150].
    maps
        Mean attention maps, float32 [G, 150, 150].
    gates
        Mean native map of each gate, gate 1 first, float32 [G, h, w].
    about
        As in :class:`Examples`, with ``passes`` and ``seed``.
    """

    groups: NDArray[np.str_]
    counts: NDArray[np.int64]
    images: Floats
    maps: Floats
    gates: list[Floats]
    about: dict[str, Any]

    def index(self, group: str) -> int:
        """Return the index of a group.

        Raises
        ------
        RadiogazeError
            If it never had a member.
        """
        found = np.flatnonzero(self.groups == group)
        if not len(found):
            raise RadiogazeError(
                f"aggregate of {self.about['variant']}: no sources in group {group}; it has:"
                f" {', '.join(self.groups)}; use a test set with sources of it, or more passes"
            )
        return int(found[0])


@dataclass(frozen=True)
class Explanations:
    """Attention beside Grad-CAM for some images.

    Attributes
    ----------
    titles
        Text [N].
    images
        uint8 [N, 150, 150].
    attention
        Attention maps, float [N, 150, 150].
    cams
        Grad-CAM of FRI and of FRII, float [N, 2, 150, 150].
    spearman
        Rank correlation of the attention map with each Grad-CAM, float [N, 2].
    about
        As in :class:`Examples`.
    """

    titles: NDArray[np.str_]
    images: NDArray[np.uint8]
    attention: Floats
    cams: Floats
    spearman: Floats
    about: dict[str, Any]


Stored = Examples | Aggregate | Explanations
Kind = TypeVar("Kind", Examples, Aggregate, Explanations)
_VERBS: dict[type, str] = {
    Examples: "attend-examples",
    Aggregate: "attend",
    Explanations: "grad-cam",
}


def save(stored: Stored, path: Path) -> None:
    """Write one of the above as ``.npz``, whole or not at all; equal ones give equal bytes.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    arrays: Arrays = {}
    for name, value in stored.__dict__.items():
        if name == "gates":
            arrays |= {f"gate{n}": gate for n, gate in enumerate(value, start=1)}
        else:
            arrays[name] = np.array(to_json(value)) if name == "about" else value
    save_arrays(path, arrays)


def load(path: Path, kind: type[Kind]) -> Kind:
    """Read what :func:`save` wrote.

    Parameters
    ----------
    path
        The file.
    kind
        ``Examples``, ``Aggregate`` or ``Explanations``.

    Raises
    ------
    RadiogazeError
        If the file is missing, broken or something else.
    """
    names = [field.name for field in dataclasses.fields(kind)]
    expected = [name for name in names if name != "gates"]
    with (
        reading(path, f"an .npz with {', '.join(expected)}", _VERBS[kind]),
        np.load(path, allow_pickle=False) as archive,
    ):
        fields: dict[str, Any] = {name: archive[name] for name in expected}
        if "gates" in names:
            fields["gates"] = [archive[f"gate{n}"] for n in (1, 2, 3) if f"gate{n}" in archive]
        fields["about"] = json.loads(str(fields["about"]))
        return kind(**fields)
