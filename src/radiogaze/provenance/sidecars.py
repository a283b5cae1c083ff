"""Sidecars: beside a step's outputs, what they were made from, with the digest of every file.

A disk fails, a copy stops half-way, an editor saves by mistake. A result can be made from a
changed input without anybody noticing, so every step compares its inputs with their sidecars.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from itertools import chain, count
from pathlib import Path
from typing import Any

from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import disk_faults, write_text
from radiogaze.provenance.record import record, sha256_of, to_json
from radiogaze.provenance.versions import VERSIONS

SIDECAR = ".provenance.json"
ASIDE = ".changed"


def sidecar_of(output: Path) -> Path:
    """Return where the sidecar of a step is, given its first output."""
    return output.with_name(output.name + SIDECAR)


def write_sidecar(
    verb: str, outputs: Sequence[Path], inputs: Mapping[Path, str], settings: Mapping[str, Any]
) -> None:
    """Write the sidecar of one step beside its first output.

    Paths below the current folder are relative to it if the sidecar is there, too.

    Parameters
    ----------
    verb
        The command that wrote the outputs, e.g. ``"evaluate"``.
    outputs
        Files of one folder.
    inputs
        File -> SHA-256.
    settings
        Everything else that decides the result.

    Raises
    ------
    RadiogazeError
        If it cannot be written.
    """
    sidecar = sidecar_of(outputs[0])
    # outside the current folder no path is relative, for nothing says to what
    name_of = _relative if _is_below_here(sidecar) else _absolute
    known = dict(settings)
    for key, of in (("row", "sheet"), ("recipes", "path")):
        if key in known:
            known[key] = {**known[key], of: name_of(Path(known[key][of]))}
    metadata = {
        "path": name_of(sidecar),
        "verb": verb,
        "version": VERSIONS.get(verb, 0),
        **record({}),
        "inputs": {name_of(path): digest for path, digest in inputs.items()},
        "outputs": {name_of(path): sha256_of(path) for path in outputs},
        "settings": known,
    }
    write_text(to_json(metadata), sidecar)
    for output in outputs[1:]:  # of an earlier run that did not write the first output
        sidecar_of(output).unlink(missing_ok=True)


def files_below(folders: Iterable[Path]) -> Iterator[Path]:
    """Yield every file below some folders once, also of folders that are links to other places.

    Raises
    ------
    RadiogazeError
        If a folder cannot be read: its files would be passed over.
    """

    def refuse(error: OSError) -> None:
        raise RadiogazeError(
            f"{error.filename}: cannot be read: {error.strerror}; allow it, or name other folders"
        )

    seen: set[str] = set()
    for top in folders:
        for folder, below, names in os.walk(top, followlinks=True, onerror=refuse):
            real = os.path.realpath(folder)
            if real in seen:  # named twice, or a link to a folder above
                below.clear()
                continue
            seen.add(real)
            below.sort()
            paths = (Path(folder, name) for name in sorted(names))
            yield from (path for path in paths if path.is_file())


def _relative(path: Path) -> str:
    """Return a path relative to the current folder if it lies below it, else as it is."""
    return path.absolute().relative_to(Path.cwd()).as_posix() if _is_below_here(path) else str(path)


def _absolute(path: Path) -> str:
    return os.path.normpath(path.absolute())


def _is_below_here(path: Path) -> bool:
    return path.absolute().is_relative_to(Path.cwd()) and ".." not in path.parts


def check_inputs(inputs: Iterable[Path]) -> dict[Path, str]:
    """Compare files with the sidecars beside them, and return the digest of each.

    A file without a sidecar is accepted. A changed one becomes ``<name>.changed``, a second one
    ``<name>.changed.2`` and so on: nothing is lost, and Snakemake sees that it has to be made
    again.

    Raises
    ------
    RadiogazeError
        If a file is not what the step that made it wrote, or cannot be read.
    """
    recorded, digests = cache(_recorded), {}
    for path in inputs:
        try:
            digests[path] = now = sha256_of(path)
        except OSError as error:  # e.g. another job has just moved it aside
            raise RadiogazeError(f"{path}: cannot be read: {error.strerror}; run again") from None
        then = recorded(path.parent).get(path.name)
        if then is not None and now not in then:
            digest, verb = next(iter(then.items()))
            raise RadiogazeError(
                f"{path}: is not what radiogaze {verb} wrote: expected sha256 {digest[:12]}…,"
                f" found {now[:12]}…; {_move_aside(path)}"
            )
    return digests


def settings_of(path: Path) -> dict[str, Any] | None:
    """Return the settings of the step that wrote a file; None if no sidecar beside it tells."""
    digest = sha256_of(path)
    for _, digests, settings in _sidecars(path.parent):
        if digest in digests.values():
            return settings
    return None


def _recorded(folder: Path) -> dict[str, dict[str, str]]:
    """Return what the sidecars of a folder record of its files: name -> digest -> verb."""
    found: dict[str, dict[str, str]] = {}
    for verb, digests, _ in _sidecars(folder):
        for name, digest in digests.items():
            found.setdefault(Path(name).name, {})[digest] = verb
    return found


def _sidecars(folder: Path) -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    """Yield verb, digests of the outputs, and settings of each sidecar in a folder."""
    for sidecar in sorted(folder.glob(f"*{SIDECAR}")):
        try:
            metadata = json.loads(sidecar.read_text("utf-8"))
            digests = {name: str(digest) for name, digest in dict(metadata["outputs"]).items()}
            yield str(metadata["verb"]), digests, dict(metadata.get("settings", {}))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            continue  # radiogaze verify names it


def _move_aside(path: Path) -> str:
    """Move a file out of the way, and return what to do now."""
    names = chain([ASIDE], (f"{ASIDE}.{number}" for number in count(2)))
    asides = (path.with_name(path.name + name) for name in names)
    aside = next(aside for aside in asides if not os.path.lexists(aside))
    try:
        path.replace(aside)
    except OSError as error:
        return f"it cannot be moved aside ({error.strerror}): remove it, then run again"
    return f"moved to {aside.name}: run again to regenerate it"


@contextmanager
def hide_sidecars(sidecars: Iterable[Path]) -> Iterator[None]:
    """Rename sidecars while their outputs are written; if that fails they come back.

    A step that is killed between an output and its sidecar leaves no sidecar, not a wrong one; the
    hidden one goes when the step is done.
    """
    places = {path: path.with_name(f".{path.name}.old") for path in sidecars}
    hidden = {path: old for path, old in places.items() if path.is_file()}
    for path, old in hidden.items():
        with disk_faults(path):
            path.replace(old)
    try:
        yield
    except BaseException:
        for path, old in hidden.items():
            with suppress(FileNotFoundError):  # the same step, run twice, is done and has its own
                old.replace(path)
        raise
    for old in places.values():
        old.unlink(missing_ok=True)
