"""Image files of every kind, read one source at a time; a bad file does not stop the others."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from radiogaze.classify.images.arrays import read_file
from radiogaze.classify.images.fits_images import read_image
from radiogaze.classify.images.pictures import read_picture
from radiogaze.classify.radio_source import Failure, RadioSource
from radiogaze.errors import RadiogazeError

_COMPRESSED = re.compile(r"\.(gz|bz2|xz|fz)$", re.IGNORECASE)
KINDS = {
    "fits": (".fits", ".fit", ".fts"),
    "picture": (".png", ".jpg", ".jpeg"),
    "array": (".npy", ".npz"),
}
_ENDINGS = " ".join(ending for endings in KINDS.values() for ending in endings)
_HEAD = 512  # bytes read to recognise a web page
_PAGE = re.compile(rb"\s*<(!doctype|html|head|\?xml)", re.IGNORECASE)


def kind_of(path: Path) -> str | None:
    """Return ``fits``, ``picture`` or ``array`` by the name of a file, None for anything else."""
    plain, compressed = _COMPRESSED.subn("", path.name.lower())
    kinds = (kind for kind, endings in KINDS.items() if Path(plain).suffix in endings)
    kind = next(kinds, None)
    return None if compressed and kind != "fits" else kind


def expand(paths: Iterable[Path]) -> list[Path]:
    """Replace each folder by the images that lie in it, in the order of their names.

    Raises
    ------
    RadiogazeError
        If a folder contains none, or cannot be read.
    """
    files: list[Path] = []
    for path in paths:
        if not _is_folder(path):
            files.append(path)
            continue
        try:
            inside = sorted(
                file for file in path.iterdir() if kind_of(file) and not file.name.startswith(".")
            )
        except OSError as error:
            raise RadiogazeError(f"{path}: cannot be read: {error.strerror or error}") from None
        if not inside:
            raise RadiogazeError(
                f"{path}: no images in this folder; expected names that end in {_ENDINGS}"
            )
        files += inside
    return files


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # it lies in a folder that may not be entered, for example: reading it says so
        return False


def read_files(
    files: Iterable[Path], pixel_arcsec: float | None = None
) -> Iterator[RadioSource | Failure]:
    """Read sources from files, one at a time.

    Parameters
    ----------
    files
        From `expand`.
    pixel_arcsec
        Side of a pixel of images without coordinates; None: 1.8 arcsec is assumed of pictures and
        arrays, and a FITS image without coordinates is refused.

    Yields
    ------
    RadioSource or Failure
        In the files' order.
    """
    for path in files:
        try:
            yield from _sources(path, pixel_arcsec)
        except RadiogazeError as error:
            yield Failure(str(error))


def _sources(path: Path, pixel_arcsec: float | None) -> Iterator[RadioSource | Failure]:
    """Read one file."""
    kind = kind_of(path)
    if kind is None:
        raise RadiogazeError(
            f"{path}: expected a name that ends in {_ENDINGS}, compressed FITS included"
        )
    _check_beginning(path)
    name = name_of(path)
    if kind == "array":
        yield from read_file(path, name, pixel_arcsec)
    else:
        yield (read_image if kind == "fits" else read_picture)(path, name, pixel_arcsec)


def name_of(path: Path) -> str:
    """Return a source's name: that of its file without its endings."""
    return Path(_COMPRESSED.sub("", path.name)).stem


def _check_beginning(path: Path) -> None:
    """Refuse a path that is missing, empty, not a file, or a web page under another name."""
    try:
        if path.exists() and not path.is_file():
            raise RadiogazeError(f"{path}: expected a file or a folder of images")
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError:
        raise RadiogazeError(f"{path}: no such file; check the name") from None
    except OSError as error:
        raise RadiogazeError(f"{path}: cannot be read: {error.strerror or error}") from None
    if not head:
        raise RadiogazeError(f"{path}: the file is empty; download it again")
    if _PAGE.match(head):
        raise RadiogazeError(
            f"{path}: expected an image, found a web page, perhaps the error page of a service;"
            " download it again"
        )
