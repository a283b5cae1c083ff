"""Compare results with their sidecars, without computing anything, and name what has drifted."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from radiogaze.errors import RadiogazeError, printable
from radiogaze.files.rows import read_rows
from radiogaze.files.schema import load_schema, validate
from radiogaze.files.settings import read_yaml
from radiogaze.provenance.record import record, sha256_of
from radiogaze.provenance.sidecars import SIDECAR, files_below
from radiogaze.provenance.versions import VERSIONS

# The files that a step writes; a README or a folder's other contents need no sidecar.
_RESULTS = {".csv", ".html", ".js", ".json", ".md", ".npz", ".pdf", ".png", ".safetensors", ".tex"}
# Columns of a sheet that say where a variant is shown and how often it is trained.
_NO_RESULT = ("sheet", "tables", "seeds")
Finding = tuple[str, str, str]


@dataclass(frozen=True)
class Drift:
    """One thing that is not as it was.

    Attributes
    ----------
    kind
        ``output changed``, ``output missing``, ``input changed``, ``input missing``,
        ``variant changed``, ``recipe changed``, ``results changed``, ``versions differ``,
        ``sidecar missing`` or ``sidecar unreadable``.
    what
        The file, verb or package at fault.
    detail
        What was expected and found.
    affects
        The sidecars that it concerns.
    """

    kind: str
    what: str
    detail: str
    affects: tuple[str, ...]

    def __str__(self) -> str:
        text = ": ".join(part for part in (self.kind, self.what, self.detail) if part)
        if self.affects in ((), (self.what,)):
            return text
        more = f" and {len(self.affects) - 1} more" if len(self.affects) > 1 else ""
        return f"{text} (concerns {self.affects[0]}{more})"


@dataclass(frozen=True)
class Verified:
    """How many sidecars and files were checked, and all that has drifted."""

    sidecars: int
    files: int
    drifts: list[Drift]


def verify(folders: Sequence[Path]) -> Verified:
    """Check every result below some folders, e.g. ``results/released``.

    Raises
    ------
    RadiogazeError
        If a folder is not there or holds nothing to check.
    """
    for folder in folders:
        if not folder.is_dir():
            raise RadiogazeError(f"{folder}: no such folder; name one such as results/released")
    files = sorted(files_below(folders))
    if not files:
        raise RadiogazeError(
            f"{', '.join(map(str, folders))}: nothing to verify; expected a campaign's results"
        )
    sidecars = [path for path in files if path.name.endswith(SIDECAR)]
    results = [path for path in files if is_result(path)]
    schema, digest, here = load_schema("sidecar"), cache(digest_of), record({})
    installed = {**here["packages"], "Python": here["python"]}
    found: dict[Finding, list[str]] = {}
    listed: set[str] = set()
    written: set[str | None] = set()
    for sidecar in sidecars:
        try:
            content = json.loads(sidecar.read_text("utf-8"))
            validate(content, schema, "sidecar")
        except (OSError, ValueError, RecursionError, RadiogazeError) as error:
            reason = printable(" ".join(str(error).split()))
            found[("sidecar unreadable", str(sidecar), reason)] = [str(sidecar)]
            continue
        root = _root_of(sidecar, content["path"])
        if root is None:  # its outputs are beside it; where its inputs are is not known
            root, outputs = Path.cwd(), content["outputs"].items()
            content["outputs"] = {str(sidecar.parent / Path(path).name): d for path, d in outputs}
        listed |= {os.path.realpath(root / path) for path in content["outputs"]}
        written |= set(content["outputs"].values())
        for finding in _check(content, root, digest, installed):
            found.setdefault(finding, []).append(str(sidecar))
    for path in results:
        # a copy, as the rule `ship` makes, is recorded with what it is a copy of
        if os.path.realpath(path) not in listed and digest(path) not in written:
            found[("sidecar missing", str(path), "no record of what it was made from")] = []
    drifts = [Drift(*what, tuple(affects)) for what, affects in sorted(found.items())]
    return Verified(len(sidecars), len(results), drifts)


def is_result(path: Path) -> bool:
    """Return whether a file of a campaign is one that a step writes, to judge by its name."""
    other = path.name.startswith((".", "README")) or path.name.endswith(SIDECAR)
    return path.suffix in _RESULTS and not other


def _root_of(sidecar: Path, recorded: str) -> Path | None:
    """Return the folder that a sidecar's paths are relative to, wherever that was moved to.

    None if the sidecar is not where it says: a copy, or in a folder that was renamed.
    """
    parts = Path(recorded).parts
    for place in (sidecar.absolute(), Path(os.path.realpath(sidecar))):
        if not Path(recorded).is_absolute() and place.parts[-len(parts) :] == parts:
            return place.parents[len(parts) - 1]
    here = Path.cwd()
    return here if os.path.realpath(here / recorded) == os.path.realpath(sidecar) else None


def _check(
    content: dict[str, Any],
    root: Path,
    digest: Callable[[Path], str | None],
    installed: dict[str, str],
) -> Iterator[Finding]:
    """Yield kind, what and detail of all that has drifted of one step."""
    for kind in ("output", "input"):
        for name, then in content[f"{kind}s"].items():
            now = digest(root / name)
            if now is None:
                yield f"{kind} missing", name, ""
            elif now != then:
                yield f"{kind} changed", name, f"sha256 {now[:12]}…, expected {then[:12]}…"
    if "row" in content["settings"]:
        yield from _check_row(content["settings"]["row"], root)
    if "recipes" in content["settings"]:
        yield from _check_recipe(content["settings"]["recipes"], root)
    verb, version = content["verb"], content["version"]
    if version != VERSIONS.get(verb, 0):
        detail = f"made by version {version}, here is {VERSIONS.get(verb, 0)}"
        yield "results changed", f"radiogaze {verb}", detail
    for package, then in {**content["packages"], "Python": content["python"]}.items():
        if (now := installed.get(package, "none")) != then:
            yield "versions differ", package, f"made with {then}, here is {now}"


def _check_row(row: dict[str, str], root: Path) -> Iterator[Finding]:
    """Compare what decides a result in a variant's row with what the sheet says now.

    New columns do not count, nor what says where the variant is shown and how often it is trained.
    """
    then = {column: cell for column, cell in row.items() if column not in _NO_RESULT}
    try:
        rows = read_rows(root / row["sheet"], "\t")
    except RadiogazeError as error:
        yield "variant changed", row["variant"], str(error)
        return
    now = next((each for each in rows if each.get("variant") == row["variant"]), None)
    if now is None:
        yield "variant changed", row["variant"], f"{row['sheet']}: no such variant"
    elif changed := sorted(column for column in then if now.get(column) != then[column]):
        yield "variant changed", row["variant"], f"{row['sheet']}: {', '.join(changed)}"


def _check_recipe(recipe: dict[str, Any], root: Path) -> Iterator[Finding]:
    """Compare the recipe that a variant learned by with what its file says now."""
    name, path, then = recipe["name"], recipe["path"], recipe["entry"]
    try:
        recipes = read_yaml(root / path)
    except RadiogazeError as error:
        yield "recipe changed", name, str(error)
        return
    now = recipes.get(name) if isinstance(recipes, dict) else None
    if not isinstance(now, dict):
        yield "recipe changed", name, f"{path}: no such recipe"
    elif changed := sorted(key for key in {*then, *now} if now.get(key) != then.get(key)):
        yield "recipe changed", name, f"{path}: {', '.join(changed)}"


def digest_of(path: Path) -> str | None:
    """Return the SHA-256 digest of a file, None if it cannot be read."""
    try:
        return sha256_of(path)
    except OSError:
        return None
