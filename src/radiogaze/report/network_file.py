"""The files of the attention explorer: a script that hands one network's data to the page."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from radiogaze.files.atomic import write_text
from radiogaze.files.reading import reading

HEAD = "radiogazeNetwork("
TAIL = ");\n"
_KEYS = ("metadata", "sources", "layers", "provenance")
COLUMNS = 13  # tiles in a row of a sheet


def read_network(path: Path) -> dict[str, Any]:
    """Read a file of ``radiogaze explore``.

    Raises
    ------
    RadiogazeError
        If the file is missing or something else.
    """
    with reading(path, "a file of radiogaze explore", "explore"):
        text = path.read_text("utf-8")
        if not (text.startswith(HEAD) and text.endswith(TAIL)):  # the page runs it as a script
            raise ValueError(repr(text[:20]))
        data = json.loads(text.removeprefix(HEAD).removesuffix(TAIL))
        return {key: data[key] for key in _KEYS}


def write_network(data: dict[str, Any], path: Path) -> None:
    """Write what :func:`radiogaze.report.explore.explore` found; equal data give equal bytes.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    write_text(f"{HEAD}{text}{TAIL}", path)


def to_sheet(arrays: NDArray[np.floating[Any]]) -> dict[str, Any]:
    """Put arrays [N, h, w] as tiles into one 8-bit image, each from its minimum to its maximum.

    Returns
    -------
    dict
        ``side`` of a tile and ``columns`` of the sheet, ``low`` and ``high`` of each tile, and the
        image as a data URI, ``png``.
    """
    low, high = arrays.min((1, 2)), arrays.max((1, 2))
    span = np.where(high > low, high - low, 1)[:, None, None]
    tiles = np.round((arrays - low[:, None, None]) / span * 255).astype(np.uint8)
    count, height, width = tiles.shape
    sheet = np.zeros((-(-count // COLUMNS) * height, COLUMNS * width), np.uint8)
    for number, tile in enumerate(tiles):
        top, left = number // COLUMNS * height, number % COLUMNS * width
        sheet[top : top + height, left : left + width] = tile
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "PNG", compress_level=9)
    return {
        "side": width,
        "columns": COLUMNS,
        "low": [float(f"{value:.4g}") for value in low],
        "high": [float(f"{value:.4g}") for value in high],
        "png": f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}",
    }
