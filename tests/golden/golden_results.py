"""What a step's output files hold, in few enough numbers to be kept in the repository."""

import base64
import hashlib
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from golden_inputs import NETWORKS, few_cutouts
from PIL import Image

from radiogaze.campaigns.variants import find_variant
from radiogaze.models.load import load_variant
from radiogaze.report.network_file import read_network

# Float32 sums of some thousand terms (a convolution, a mean) in another order differ by up to
# sqrt(1e4) * 6e-8 = 6e-6 of their size, and ten layers with normalisations between them add up to
# some 1e-4; a changed constant moves results by a percent and more. The floor is for differences
# that are zero but for rounding, as a C4 network's under quarter turns.
RELATIVE, FLOOR = 1e-3, 1e-5
# Ten steps of Adam enlarge rounding, above all with a range normalisation, whose gradient goes
# through two pixels only: up to 1 % of the logits between instruction sets and numbers of threads.
TRAINED, RELATIVE_TRAINED = "logits after training", 3e-2
GREY = " [grey]"  # a name's ending: 8-bit values, which rounding moves by one at most
_KEPT = 64  # values of an array
_THUMBNAIL = (20, 20)
_CHANGING = {"provenance", "timing.csv"}  # times, commits and the versions of libraries

Results = dict[str, Any]


def read_results(folder: Path) -> Results:
    """Return what the files below a folder hold: name -> number, text or list of them."""
    results: Results = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        reader = _READERS.get(path.suffix)
        if path.is_file() and reader and path.name not in _CHANGING and ".provenance" not in name:
            results |= {f"{name}: {key}": value for key, value in reader(path)}
    return results


def differences(kept: Results, found: Results) -> list[str]:
    """Name what differs by more than rounding."""
    lines = [f"{name}: only recorded" for name in sorted(kept.keys() - found.keys())]
    lines += [f"{name}: not recorded" for name in sorted(found.keys() - kept.keys())]
    for name in sorted(kept.keys() & found.keys()):
        if words := _difference(kept[name], found[name], name):
            lines.append(f"{name}: {words}")
    return lines


def _difference(kept: Any, found: Any, name: str) -> str:
    """Say how two values differ, nothing where they do not."""
    old, new = np.array(kept), np.array(found)
    if old.shape != new.shape:
        return f"shape {new.shape}, recorded {old.shape}"
    if old.dtype.kind not in "fi" or new.dtype.kind not in "fi":
        place = np.flatnonzero(np.atleast_1d(old != new))
        at = [np.atleast_1d(array)[place[0]] for array in (new, old)] if len(place) else []
        return f"{at[0]!r}, recorded {at[1]!r}" if at else ""
    if not old.size or np.array_equal(old, new, equal_nan=True):
        return ""
    if not np.array_equal(np.isnan(old.astype(float)), np.isnan(new.astype(float))):
        return "not a number elsewhere"
    largest, allowed = np.nanmax(np.abs(new.astype(float) - old)), _allowed(old, name)
    return f"differs by {largest:.2g}, allowed {allowed:.2g}" if largest > allowed else ""


def _allowed(kept: np.ndarray, name: str) -> float:
    """Return by how much rounding may change recorded numbers."""
    if name.endswith(GREY):
        return 1
    if kept.dtype.kind == "i":
        return 0
    relative = RELATIVE_TRAINED if name.endswith(TRAINED) else RELATIVE
    return relative * float(np.nanmax(np.abs(kept))) + FLOOR


# --------------------------------------------------------------------------------------- readers
def _array(name: str, array: np.ndarray) -> Iterator[tuple[str, Any]]:
    """Yield a few values of an array, evenly picked, and the mean of all; of texts the digest."""
    flat = array.ravel()
    if array.dtype.kind not in "buif":
        yield name, _digest("\n".join(map(str, flat)))
        return
    grey = GREY if array.dtype == np.uint8 else ""
    picked = flat[np.linspace(0, flat.size - 1, min(_KEPT, flat.size)).round().astype(int)]
    yield name + grey, [_rounded(value) for value in picked.tolist()]
    if flat.size > _KEPT:
        yield f"mean of {name}", _rounded(float(flat.mean()))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _rounded(value: Any) -> Any:
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the numbers and texts of JSON values, lists of them together."""
    if isinstance(value, dict):
        for key, inside in value.items():
            if key not in _CHANGING:
                yield from _leaves(inside, f"{name}.{key}".strip("."))
    elif isinstance(value, str) and value.startswith("data:image/png;base64,"):
        image = Image.open(io.BytesIO(base64.b64decode(value.partition(",")[2])))
        yield from _array(name, np.asarray(image))
    elif isinstance(value, list) and any(isinstance(inside, dict | list) for inside in value):
        for number, inside in enumerate(value):
            yield from _leaves(inside, f"{name}.{number}".strip("."))
    else:
        yield name, [_rounded(v) for v in value] if isinstance(value, list) else _rounded(value)


def _npz(path: Path) -> Iterator[tuple[str, Any]]:
    with np.load(path) as archive:
        for name, array in archive.items():
            if not array.ndim:  # JSON
                yield from _leaves(json.loads(str(array)), name)
            else:
                yield from _array(name, array)


def _csv(path: Path) -> Iterator[tuple[str, Any]]:
    for name, column in pd.read_csv(path).items():  # an empty cell is not a number
        yield from _array(str(name), column.to_numpy())


def _png(path: Path) -> Iterator[tuple[str, Any]]:
    image = Image.open(path).convert("L")
    yield "size", list(image.size)
    thumbnail = image.resize(_THUMBNAIL, Image.Resampling.BOX)
    yield "thumbnail" + GREY, np.asarray(thumbnail).ravel().tolist()


def _weights(path: Path) -> Iterator[tuple[str, Any]]:
    """Take the logits: a bias that batch normalisation cancels is rounding times its step size."""
    if path.name == "model.safetensors":
        model = load_variant(find_variant(NETWORKS, path.parents[1].name), path)
        images = torch.from_numpy(few_cutouts().images[-4:, None]).float() / 127.5 - 1
        with torch.inference_mode():
            yield from _array(TRAINED, model(images).numpy())


def _text(path: Path) -> Iterator[tuple[str, Any]]:
    yield "digest", _digest(_lines(path.read_text("utf-8")))


def _lines(text: str) -> str:
    """Return the lines that are not empty, without the commit."""
    text = re.sub(r"\bcommit (unknown|[0-9a-f]{7,40})", "commit", text)
    return "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())


class _Visible(HTMLParser):
    """Collects the text of a page up to its provenance, which names the machine."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden, self._ended = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag if tag in ("script", "style") else self._hidden
        self._ended |= tag == "h2" and dict(attrs).get("id") == "provenance"

    def handle_endtag(self, tag: str) -> None:
        self._hidden = "" if tag == self._hidden else self._hidden

    def handle_data(self, data: str) -> None:
        if not (self._hidden or self._ended):
            self.texts.append(data)


def _page(path: Path) -> Iterator[tuple[str, Any]]:
    page = _Visible()
    page.feed(path.read_text("utf-8"))
    yield "digest", _digest(_lines("\n".join(page.texts)))


_READERS = {
    ".npz": _npz,
    ".csv": _csv,
    ".json": lambda path: _leaves(json.loads(path.read_text("utf-8"))),
    ".js": lambda path: _leaves(read_network(path)),
    ".png": _png,
    ".safetensors": _weights,
    ".md": _text,
    ".tex": _text,
    ".html": _page,
}
