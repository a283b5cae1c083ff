"""What every verb with results does last: say in a sidecar what they were made from."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Function = Callable[..., None]
Parameters = Mapping[str, Any]


def _nothing(_: Parameters) -> Sequence[Any]:
    return ()


def writes(
    verb: str,
    *outputs: str,
    files: Callable[[Parameters], Sequence[Path]] = _nothing,
    modules: Callable[[Parameters], Sequence[str]] = _nothing,
) -> Callable[[Function], Function]:
    """Make a command write sidecars of its outputs when all is well, one in each folder of them.

    Every other parameter that names files, also as ``NAME=PATH``, is an input; what names a
    folder decides nothing; the rest are settings. Of an experiment sheet only the row of the
    command's variant counts. Stands right above the command's function.

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
    """

    def decorate(command: Function) -> Function:
        @functools.wraps(command)
        def run(**parameters: Any) -> None:
            from radiogaze.provenance import write_sidecar

            command(**parameters)
            inputs, settings = _sort(parameters, outputs)
            written = [path for name in outputs for path in _paths(parameters[name])]
            folders: dict[Path, list[Path]] = {}
            for path in (*written, *files(parameters)):
                folders.setdefault(path.parent, []).append(path)
            for together in folders.values():
                write_sidecar(verb, together, inputs, settings, modules(parameters))

        return run

    return decorate


def _sort(parameters: Parameters, outputs: Sequence[str]) -> tuple[list[Path], dict[str, Any]]:
    """Tell input files from settings."""
    inputs: dict[Path, None] = {}
    settings: dict[str, Any] = {}
    for name, value in parameters.items():
        if name in outputs:
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

    from radiogaze.experiments import find_variant

    return {"sheet": str(sheet), **asdict(find_variant(sheet, variant))}


def _paths(value: Any) -> Iterator[Path]:
    """Yield the paths that a parameter names, one by one or as ``NAME=PATH``."""
    for part in value if isinstance(value, tuple) else (value,):
        if isinstance(part, Path):
            yield part
        elif isinstance(value, tuple) and isinstance(part, str) and "=" in part:
            yield Path(part.partition("=")[2])
