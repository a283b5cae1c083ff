"""What every verb with results does: check what it reads, and say what it wrote was made from."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from radiogaze.errors import RadiogazeError

Function = Callable[..., None]
Parameters = Mapping[str, Any]


def _nothing(_: Parameters) -> Sequence[Any]:
    return ()


def writes(
    verb: str,
    *outputs: str,
    files: Callable[[Parameters], Sequence[Path]] = _nothing,
    modules: Callable[[Parameters], Sequence[str]] = _nothing,
    ignored: Sequence[str] = (),
) -> Callable[[Function], Function]:
    """Make a command write sidecars of its outputs when all is well, one in each folder of them.

    Before it begins, every input that has a sidecar is compared with it; see
    :func:`radiogaze.provenance.inputs.refuse_changed`.

    Every other parameter that names files, also as ``NAME=PATH``, is an input; what names a
    folder decides nothing; the rest are settings. Of an experiment sheet only the row of the
    command's variant counts. Stands below all options, as it is given what they name.

    Parameters
    ----------
    verb
        The command's name.
    outputs
        The parameters that name output files.
    files
        Of the parameters, the output files that no parameter names.
    modules
        Of the parameters, the modules of this package that the verb imports by name.
    ignored
        The parameters that decide nothing, and may hold a password: where a pinned file is from.
    """

    def decorate(command: Function) -> Function:
        @functools.wraps(command)
        def run(**parameters: Any) -> None:
            from radiogaze.provenance.inputs import refuse_changed, renewed
            from radiogaze.provenance.record import sidecar_of, write_sidecar

            def written() -> list[list[Path]]:
                named = [path for name in outputs for path in _paths(parameters[name])]
                return _by_folder([*named, *files(parameters)])

            inputs, settings = _sort(parameters, (*outputs, *ignored))
            refuse_changed(inputs)
            with renewed([sidecar_of(together[0]) for together in written()]):
                command(**parameters)
            for together in written():
                write_sidecar(verb, together, inputs, settings, modules(parameters))

        return run

    return decorate


def _by_folder(paths: Sequence[Path]) -> list[list[Path]]:
    """Group files by the folder that they are in."""
    folders: dict[Path, list[Path]] = {}
    for path in paths:
        if not path.name:
            raise RadiogazeError(f"{path}: expected the name of a file to write")
        folders.setdefault(path.parent, []).append(path)
    return list(folders.values())


def _sort(parameters: Parameters, ignored: Sequence[str]) -> tuple[list[Path], dict[str, Any]]:
    """Tell input files from settings."""
    inputs: dict[Path, None] = {}
    settings: dict[str, Any] = {}
    for name, value in parameters.items():
        if name in ignored:
            continue
        if name == "sheet" and value is not None and "variant" in parameters:
            settings["row"] = _row(value, parameters["variant"])
        elif found := [path for path in _paths(value) if path.is_file()]:
            inputs |= dict.fromkeys(found)
        elif not any(_paths(value)):
            settings[name] = list(value) if isinstance(value, tuple) else value
    return list(inputs), settings


def _row(sheet: Path, variant: str) -> dict[str, Any]:
    from dataclasses import asdict

    from radiogaze.campaigns.variants import find_variant

    return {"sheet": str(sheet), **asdict(find_variant(sheet, variant))}


def _paths(value: Any) -> Iterator[Path]:
    """Yield the paths that a parameter names, one by one or as ``NAME=PATH``."""
    for part in value if isinstance(value, tuple) else (value,):
        if isinstance(part, Path):
            yield part
        elif isinstance(value, tuple) and isinstance(part, str) and "=" in part:
            yield Path(part.partition("=")[2])
