"""Files that are given with a name, ``--option NAME=PATH``."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import click

from radiogaze.cli.sidecar import Parameters, paths_in
from radiogaze.errors import RadiogazeError

_BESIDE_METRICS = ("predictions.csv", "logits.npz")


def split_named(option: str, given: Iterable[str]) -> dict[str, Path]:
    """Split each ``NAME=PATH``, keeping the order.

    Raises
    ------
    RadiogazeError
        If one is of another form, or a name occurs twice.
    """
    files: dict[str, Path] = {}
    for text in given:
        name, path = _split(option, text)
        if name in files:
            raise RadiogazeError(f"--{option} {text}: expected each name once")
        files[name] = path
    return files


def split_repeated(option: str, given: Iterable[str]) -> dict[str, list[Path]]:
    """Split each ``NAME=PATH``, where a name may have several files.

    Raises
    ------
    RadiogazeError
        If one is of another form.
    """
    files: dict[str, list[Path]] = {}
    for text in given:
        name, path = _split(option, text)
        files.setdefault(name, []).append(path)
    return files


def metrics_beside(parameter: str) -> Callable[[Parameters], list[Path]]:
    """Make, for ``writes``, what :func:`leave_out_unconverged` reads beside the given files."""

    def read(given: Parameters) -> list[Path]:
        files = [path for path in paths_in(given[parameter]) if path.name in _BESIDE_METRICS]
        return [path.with_name("metrics.json") for path in files]

    return read


def leave_out_unconverged(option: str, files: Mapping[str, Path]) -> dict[str, Path]:
    """Leave out trainings that did not converge, which count in no table either, and name them.

    Parameters
    ----------
    option
        That the files are given with.
    files
        ``predictions.csv`` or ``logits.npz`` of ``radiogaze evaluate``. Without its
        ``metrics.json`` beside it, a file is kept.

    Raises
    ------
    RadiogazeError
        If no training converged, or a ``metrics.json`` is broken.
    """
    from radiogaze.tables.runs import read_metrics

    kept = {}
    for name, path in files.items():
        metrics = path.with_name("metrics.json")
        # by another name it may be of another evaluation than the metrics
        together = path.name in _BESIDE_METRICS and metrics.is_file()
        if together and not read_metrics(metrics).converged:
            click.echo(f"{name}: left out, because the training did not converge ({metrics})")
        else:
            kept[name] = path
    if files and not kept:
        raise RadiogazeError(
            f"--{option}: none of the trainings converged; expected one or more that did"
        )
    return kept


def _split(option: str, text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise RadiogazeError(f"--{option} {text}: expected NAME=PATH")
    return name, Path(path)
