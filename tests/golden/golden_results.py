"""What a step's output files hold, in few enough numbers to be kept in the repository."""

import base64
import hashlib
import html
import io
import json
import re
from collections.abc import Iterator
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
    """Describe how two values differ; empty where they do not."""
    old, new = np.array(kept), np.array(found)
    if old.shape != new.shape:
        return f"shape {new.shape}, recorded {old.shape}"
    if old.dtype.kind not in "fi" or new.dtype.kind not in "fi":
        return "" if (old == new).all() else f"{found!r:.80}, recorded {kept!r:.80}"
    kinds = {GREY: (0, 1), TRAINED: (RELATIVE_TRAINED, FLOOR)}
    ending = next((kind for kind in kinds if name.endswith(kind)), "")
    relative, floor = kinds.get(ending, (0, 0) if old.dtype.kind == "i" else (RELATIVE, FLOOR))
    allowed = floor + relative * float(np.nan_to_num(np.abs(old)).max(initial=0))
    if np.allclose(new, old, rtol=0, atol=allowed, equal_nan=True):
        return ""
    return f"differs by {np.nanmax(np.abs(new - old)):.2g}, allowed {allowed:.2g}"


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


def _page(path: Path) -> Iterator[tuple[str, Any]]:
    """Take the text of a page up to its provenance, which names the machine."""
    page = re.split(r'<h2 id="provenance"', path.read_text("utf-8"))[0]
    page = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    texts = [html.unescape(text) for text in re.split(r"<[^>]*>", page)]
    yield "digest", _digest(_lines("\n".join(texts)))


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
