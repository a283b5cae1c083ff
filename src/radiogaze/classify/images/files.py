"""Image files of every kind, read one source at a time; a bad file does not stop the others."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from radiogaze.classify.images.arrays import read_file
from radiogaze.classify.images.fits_images import read_image
from radiogaze.classify.images.pictures import read_picture
from radiogaze.classify.radio_source import Failure, RadioSource
from radiogaze.errors import RadiogazeError

COMPRESSED = (".gz", ".bz2", ".xz", ".fz")
FITS = (".fits", ".fit", ".fts")
PICTURES = (".png", ".jpg", ".jpeg")
ARRAYS = (".npy", ".npz")
_HEAD = 512  # bytes read to recognise a web page
_PAGE = re.compile(rb"\s*<(!doctype|html|head|\?xml)", re.IGNORECASE)


def kind_of(path: Path) -> str | None:
    """Return ``fits``, ``picture`` or ``array`` by the name of a file, None for anything else."""
    name = path.name.lower()
    for ending in COMPRESSED:
        if name.endswith(ending):
            return "fits" if Path(name.removesuffix(ending)).suffix in FITS else None
    suffix = path.suffix.lower()
    kinds = {"fits": FITS, "picture": PICTURES, "array": ARRAYS}
    return next((kind for kind, endings in kinds.items() if suffix in endings), None)


def expand(paths: Iterable[Path]) -> list[Path]:
    """Replace each folder by the images that lie in it, in the order of their names.

    Raises
    ------
    RadiogazeError
        If a folder contains none.
    """
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = sorted(
            file for file in path.iterdir() if kind_of(file) and not file.name.startswith(".")
        )
        if not inside:
            raise RadiogazeError(
                f"{path}: no images in this folder; expected names that end in"
                f" {' '.join([*FITS, *PICTURES, *ARRAYS])}"
            )
        files += inside
    return files


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
    taken: dict[str, str] = {}
    for path in files:
        try:
            for found in _sources(path, pixel_arcsec):
                yield _checked(found, path, taken)
        except RadiogazeError as error:
            yield Failure(str(path), str(error))


def _checked(
    found: RadioSource | RadiogazeError, path: Path, taken: dict[str, str]
) -> RadioSource | Failure:
    """Return a source, or a failure if its name was used before."""
    if isinstance(found, RadiogazeError):
        return Failure(str(path), str(found))
    if found.name in taken:
        return Failure(
            found.origin,
            f"{found.origin}: the name {found.name} was used by {taken[found.name]}; rename"
            " one of the files",
        )
    taken[found.name] = found.origin
    return found


def _sources(path: Path, pixel_arcsec: float | None) -> Iterable[RadioSource | RadiogazeError]:
    """Read one file."""
    kind = kind_of(path)
    if kind is None:
        raise RadiogazeError(
            f"{path}: expected a name that ends in {' '.join([*FITS, *PICTURES, *ARRAYS])},"
            " compressed FITS included"
        )
    _check_beginning(path)
    name = name_of(path)
    if kind == "array":
        return read_file(path, name, pixel_arcsec)
    read_one = read_image if kind == "fits" else read_picture
    return [read_one(path, name, pixel_arcsec)]


def name_of(path: Path) -> str:
    """Return a source's name: that of its file without its endings."""
    name = path.name
    for ending in COMPRESSED:
        name = name.removesuffix(ending)
    return Path(name).stem


def _check_beginning(path: Path) -> None:
    """Refuse a path that is missing, empty, not a file, or a web page under another name."""
    if path.exists() and not path.is_file():
        raise RadiogazeError(f"{path}: expected a file or a folder of images")
    try:
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
