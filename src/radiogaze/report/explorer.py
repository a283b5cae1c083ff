"""The attention explorer: one page and, beside it, one file of data a network."""

import base64
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import matplotlib as mpl
import numpy as np

from radiogaze.errors import RadiogazeError
from radiogaze.report.network_file import read_network
from radiogaze.report.page import write_page
from radiogaze.report.sections import ReportInputs

_COLOURS = {"attention": "magma", "cam": "viridis"}


def write_explorer(
    inputs: ReportInputs, networks: Sequence[Path], out: Path, *, report: Path
) -> int:
    """Write the explorer's page, which loads the data of a network when it is chosen.

    Parameters
    ----------
    inputs
        Of the report; only the campaign and its settings are used.
    networks
        Files of ``radiogaze explore``, ``<paper>/<variant>/<run>.js`` below the page's folder.
    out
        The page to write.
    report
        The page that it links back to, in the same folder.

    Returns
    -------
    int
        How many networks there are to choose from.

    Raises
    ------
    RadiogazeError
        If there is none, a file is broken or lies elsewhere, or the page cannot be written.
    """
    if not networks:
        raise RadiogazeError(f"{out}: no networks to explore; make some with radiogaze explore")
    write_page(
        "explorer",
        out,
        campaign=inputs.campaign,
        synthetic=inputs.synthetic,
        report=quote(report.name),
        networks=[_entry(path, out.parent) for path in networks],
        colours={name: _lookup(colours) for name, colours in _COLOURS.items()},
    )
    return len(networks)


def _entry(path: Path, folder: Path) -> dict[str, Any]:
    """Describe a network for the page's list."""
    metadata = read_network(path)["metadata"]
    relative = Path(os.path.relpath(path, folder))
    if ".." in relative.parts:
        raise RadiogazeError(f"{path}: not below {folder}; the page can load only what is")
    gates, kind = metadata["gates"], [metadata["dataset"]]
    kind += [metadata["normalisation"], metadata["aggregation"]] if gates else []
    kind += [] if gates is None else [f"{gates} gate{'' if gates == 1 else 's'}"]
    return {
        "id": relative.with_suffix("").as_posix(),
        "file": relative.as_posix(),
        "label": f"{metadata['variant']} · {path.stem}",
        "description": ", ".join(filter(None, kind)),
        "megabytes": round(path.stat().st_size / 1e6, 1),
    }


def _lookup(colours: str) -> str:
    """Return a colour map as 256 triples of bytes, base64."""
    table = mpl.colormaps[colours](np.arange(256), bytes=True)[:, :3]
    return base64.b64encode(table.tobytes()).decode()
