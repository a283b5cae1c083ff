"""The attention explorer: one page and, beside it, one file of data a network."""

import base64
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import matplotlib as mpl
import numpy as np

from radiogaze import __version__
from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import atomic_path
from radiogaze.files.schema import validate
from radiogaze.report.gather import Inputs
from radiogaze.report.network_file import read_network
from radiogaze.report.page import packaged, template_environment

_GATES = {"type": ["integer", "null"]}
_TEXT = {"type": ["string", "null"]}
_ABOUT = {
    "type": "object",
    "required": ["variant", "dataset", "gates", "normalisation", "aggregation"],
    "properties": {
        "gates": _GATES,
        "variant": {"type": "string"},
        **dict.fromkeys(("dataset", "normalisation", "aggregation"), _TEXT),
    },
}
_COLOURS = {"attention": "magma", "cam": "viridis"}


def write_explorer(inputs: Inputs, networks: Sequence[Path], out: Path, *, report: Path) -> int:
    """Write the explorer's page, which loads the data of a network when it is chosen.

    Parameters
    ----------
    inputs
        Of the report; only the campaign and its settings are used.
    networks
        Files of ``radiogaze explore``, ``<paper>/<variant>/<run>.js`` somewhere below the
        page's folder.
    out
        The page to write; whole or not at all.
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
    page = (
        template_environment()
        .get_template("explorer.html")
        .render(
            campaign=inputs.campaign,
            synthetic=inputs.synthetic,
            version=__version__,
            report=quote(report.name),
            networks=[_entry(path, out.parent) for path in networks],
            colours={name: _lookup(colours) for name, colours in _COLOURS.items()},
            css=packaged("common.css", "explorer.css"),
            js=packaged("theme.js", "explorer.js"),
        )
    )
    with atomic_path(out) as path:
        path.write_text(page, encoding="utf-8", newline="\n")
    return len(networks)


def _entry(path: Path, folder: Path) -> dict[str, Any]:
    """Describe a network for the page's list."""
    about = read_network(path)["about"]
    validate(about, _ABOUT, f"{path}: about")
    relative = Path(os.path.relpath(path, folder))
    if ".." in relative.parts:
        raise RadiogazeError(f"{path}: not below {folder}; the page can load only what is")
    gates = about["gates"]
    kind = [about["normalisation"], about["aggregation"]] if gates else []
    number = "" if gates is None else f"{gates} gate{'' if gates == 1 else 's'}"
    return {
        "id": relative.with_suffix("").as_posix(),
        "file": relative.as_posix(),
        "label": f"{about['variant']} · {path.stem}",
        "about": ", ".join(str(part) for part in (about["dataset"], *kind, number) if part),
        "megabytes": round(path.stat().st_size / 1e6, 1),
    }


def _lookup(colours: str) -> str:
    """Return a colour map as 256 triples of bytes, base64."""
    table = mpl.colormaps[colours](np.arange(256), bytes=True)[:, :3]
    return base64.b64encode(np.ascontiguousarray(table).tobytes()).decode()
