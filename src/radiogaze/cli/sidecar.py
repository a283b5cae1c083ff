"""The decorator of every verb with results: check its inputs, write sidecars of its outputs."""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from radiogaze.errors import RadiogazeError

Function = Callable[..., None]
Parameters = Mapping[str, Any]


def writes(
    verb: str,
    *outputs: str,
    files: Callable[[Parameters], Sequence[Path]] = lambda _: (),
    reads: Callable[[Parameters], Iterable[Path]] = lambda _: (),
    ignored: Sequence[str] = (),
) -> Callable[[Function], Function]:
    """Make a command check its inputs and write a sidecar in each folder of its outputs.

    Every other parameter that names a file, also as ``NAME=PATH``, is an input; one that names a
    folder is ignored; the rest are settings. Of an experiment sheet only the variant's row counts,
    of a file of recipes the one that the variant learns by.

    Parameters
    ----------
    verb
        The command's name.
    outputs
        The parameters that name output files.
    files
        Parameters -> the output files that no parameter names.
    reads
        Parameters -> the input files that no parameter names, where there are such.
    ignored
        The parameters that decide no result, and may hold a password: where a file is fetched from.
    """

    def decorate(command: Function) -> Function:
        @functools.wraps(command)
        def run(**parameters: Any) -> None:
            from radiogaze.provenance.sidecars import (
                check_inputs,
                hide_sidecars,
                sidecar_of,
                write_sidecar,
            )

            def written() -> list[list[Path]]:
                named = [path for name in outputs for path in paths_in(parameters[name])]
                return _by_folder([*named, *files(parameters)])

            given = {name: value for name, value in parameters.items() if name not in outputs}
            check_distinct(given, [path for together in written() for path in together])
            paths, settings = _sort(given, ignored)
            unnamed = [path for path in reads(parameters) if path.is_file()]
            inputs = check_inputs([*paths, *unnamed])
            with hide_sidecars([sidecar_of(together[0]) for together in written()]):
                command(**parameters)
            for together in written():
                write_sidecar(verb, together, inputs, settings)

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


def check_distinct(given: Parameters, outputs: Sequence[Path]) -> None:
    """Refuse an output in place of an input, or of another output.

    Raises
    ------
    RadiogazeError
        If it is so.
    """
    taken = {path.resolve() for value in given.values() for path in paths_in(value)}
    for path in outputs:
        if path.resolve() in taken:
            raise RadiogazeError(
                f"{path}: would replace another file of this command; give each output its own name"
            )
        taken.add(path.resolve())


def _sort(parameters: Parameters, ignored: Sequence[str]) -> tuple[list[Path], dict[str, Any]]:
    """Separate input files from settings."""
    inputs: dict[Path, None] = {}
    settings: dict[str, Any] = {}
    for name, value in parameters.items():
        if name in ignored:
            continue
        parts = value if isinstance(value, tuple) else (value,)
        if name == "sheet" and value is not None and "variant" in parameters:
            settings["row"] = {"sheet": str(value), **_row(value, parameters["variant"])}
        elif name == "recipes":
            settings["recipes"] = {"path": str(value), **_recipe(value, parameters)}
        elif found := [path for path in paths_in(value) if path.is_file()]:
            inputs |= dict.fromkeys(found)
        elif not any(isinstance(part, Path) for part in parts):
            settings[name] = list(value) if isinstance(value, tuple) else value
    return list(inputs), settings


def _row(sheet: Path, variant: str) -> dict[str, str]:
    """Return a variant's row as it is in the sheet."""
    from radiogaze.campaigns.variants import find_variant
    from radiogaze.files.rows import read_rows

    find_variant(sheet, variant)  # its error names the variants that there are
    return next(row for row in read_rows(sheet, "\t") if row["variant"] == variant)


def _recipe(recipes: Path, parameters: Parameters) -> dict[str, Any]:
    """Return the name of the recipe that a variant learns by, and its entry in the file."""
    from radiogaze.campaigns.recipes import find_recipe, load_recipes
    from radiogaze.files.settings import read_yaml

    name = parameters["recipe"] or _row(parameters["sheet"], parameters["variant"])["recipe"]
    find_recipe(load_recipes(recipes), name, recipes)
    return {"name": name, "entry": read_yaml(recipes)[name]}


def paths_in(value: Any) -> Iterator[Path]:
    """Yield the paths that a parameter names, one by one or as ``NAME=PATH``."""
    for part in value if isinstance(value, tuple) else (value,):
        if isinstance(part, Path):
            yield part
        elif isinstance(value, tuple) and isinstance(part, str) and "=" in part:
            yield Path(part.partition("=")[2])
