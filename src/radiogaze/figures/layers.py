"""A network as rows of a table, read from the file that ``radiogaze describe`` writes."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from radiogaze.files.reading import reading


class Layer(NamedTuple):
    """One operation: what it is called in Tables 1 and 2, its output's shape, its parameters."""

    operation: str
    channels: int
    width: int
    height: int
    parameters: int


@dataclass(frozen=True)
class Architecture:
    """A network, as it is built.

    Attributes
    ----------
    variant, normalisation, aggregation
        As in the experiment sheet; the last two are None for a network without gates.
    network
        The rows of Table 1.
    gates
        The rows of Table 2 for each gate, gate 1 first.
    """

    variant: str
    normalisation: str | None
    aggregation: str | None
    network: tuple[Layer, ...]
    gates: tuple[tuple[Layer, ...], ...]


def load_architecture(path: Path) -> Architecture:
    """Read a file of ``radiogaze describe``.

    Raises
    ------
    RadiogazeError
        If the file is missing or not of that form.
    """
    with reading(path, "a network's rows", "describe"):
        value = json.loads(path.read_text("utf-8"))
        return Architecture(
            variant=value["variant"],
            normalisation=value["normalisation"],
            aggregation=value["aggregation"],
            network=tuple(Layer(**row) for row in value["network"]),
            gates=tuple(tuple(Layer(**row) for row in rows) for rows in value["gates"]),
        )
