"""Files that are still what the step that made them wrote: checked before they are read.

A disk rots, a copy stops half-way, an editor saves by mistake. A wrong input is worse than a
missing one, because a result can be made from it: it is moved aside, and a workflow makes it anew.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import disk_faults
from radiogaze.provenance.record import SIDECAR, sha256_of

ASIDE = ".changed"


def refuse_changed(inputs: Iterable[Path]) -> None:
    """Compare files with the sidecars beside them; a file that has none is taken as it is.

    A changed file becomes ``<name>.changed``, so that nothing is lost and Snakemake sees that it
    has to be made again.

    Raises
    ------
    RadiogazeError
        If a file is not what the step that made it wrote.
    """
    folders: dict[Path, dict[str, dict[str, str]]] = {}
    for path in inputs:
        if path.parent not in folders:
            folders[path.parent] = _recorded(path.parent)
        recorded = folders[path.parent].get(path.name)
        if recorded is None or (now := _digest(path)) in recorded:
            continue
        digest, verb = next(iter(recorded.items()))
        raise RadiogazeError(
            f"{path}: is not what radiogaze {verb} wrote: expected sha256 {digest[:12]}…, found"
            f" {now[:12]}…; {_move_aside(path)}"
        )


def _digest(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:  # e.g. another job has just moved it aside
        raise RadiogazeError(
            f"{path}: cannot be read: {error.strerror or error}; run again"
        ) from None


def _move_aside(path: Path) -> str:
    """Move a file out of the way, and say what to do now."""
    aside = path.with_name(path.name + ASIDE)
    try:
        path.replace(aside)
    except OSError as error:
        return f"it cannot be moved aside ({error.strerror}): remove it, then run again"
    return f"moved to {aside.name}: run again to make it anew"


def _recorded(folder: Path) -> dict[str, dict[str, str]]:
    """Return what the sidecars of a folder say of its files: name -> digest -> verb.

    A file of several sidecars is right if one of them says so: an older version of the library may
    have put a step's files into another one.
    """
    found: dict[str, dict[str, str]] = {}
    for sidecar in sorted(folder.glob(f"*{SIDECAR}")):
        try:
            about = json.loads(sidecar.read_text("utf-8"))
            digests, verb = dict(about["outputs"]), str(about["verb"])
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            continue  # says nothing; radiogaze verify names it
        for name, digest in digests.items():
            found.setdefault(Path(name).name, {})[str(digest)] = verb
    return found


@contextmanager
def renewed(sidecars: Iterable[Path]) -> Iterator[None]:
    """Keep sidecars out of sight while what they tell of is made anew.

    Whoever is killed between an output and its sidecar leaves none, instead of one that is wrong.
    If the work fails they are put back.
    """
    hidden = {path: path.with_name(f".{path.name}.old") for path in sidecars}
    for path, old in hidden.items():
        if path.is_file():
            with disk_faults(path):
                path.replace(old)
    try:
        yield
    except BaseException:
        for path, old in hidden.items():
            if old.is_file():
                old.replace(path)
        raise
    for old in hidden.values():
        old.unlink(missing_ok=True)
