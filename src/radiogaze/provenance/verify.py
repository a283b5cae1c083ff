"""Check results against their sidecars, computing nothing again, and name what has drifted."""

import json
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from radiogaze.campaigns.variants import find_variant
from radiogaze.errors import RadiogazeError, printable
from radiogaze.files.schema import validate
from radiogaze.provenance.code_digest import code_digest
from radiogaze.provenance.record import SIDECAR, sha256_of, to_json

# the files that a step writes; a README or a folder's other contents need no sidecar
_RESULTS = {".csv", ".html", ".js", ".json", ".md", ".npz", ".pdf", ".png", ".safetensors", ".tex"}
_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {
    "type": "object",
    "additionalProperties": {"type": "string"},
    "propertyNames": {"pattern": "^[^\x00]+$"},  # no file's name holds it
}
# What radiogaze.provenance.record.write_sidecar writes; a sidecar from elsewhere may hold anything.
_SIDECAR = {
    "type": "object",
    "required": ["path", "verb", "code", "python", "packages", "inputs", "outputs", "settings"],
    "properties": {
        **dict.fromkeys(("path", "verb", "python"), _TEXT),
        **dict.fromkeys(("packages", "inputs", "outputs"), _TEXTS),
        "code": {
            "type": "object",
            "required": ["modules", "digest"],
            "properties": {"digest": _TEXT, "modules": {"type": "array", "items": _TEXT}},
        },
        "settings": {
            "type": "object",
            "properties": {
                "row": {
                    "type": "object",
                    "required": ["sheet", "variant"],
                    "properties": {"sheet": _TEXT, "variant": _TEXT},
                }
            },
        },
    },
}


@dataclass(frozen=True)
class Drift:
    """One thing that is not as it was.

    Attributes
    ----------
    kind
        ``output changed``, ``output missing``, ``input changed``, ``input missing``,
        ``variant changed``, ``code changed``, ``versions differ``, ``sidecar missing`` or
        ``sidecar unreadable``.
    what
        The file, verb or package at fault.
    detail
        What was expected and found.
    affects
        The sidecars, or files without one, that it concerns.
    """

    kind: str
    what: str
    detail: str
    affects: tuple[str, ...]

    def __str__(self) -> str:
        text = f"{self.kind}: {self.what}" + (f": {self.detail}" if self.detail else "")
        if self.affects in ((), (self.what,)):
            return text
        more = f" and {len(self.affects) - 1} more" if len(self.affects) > 1 else ""
        return f"{text} (concerns {self.affects[0]}{more})"


@dataclass
class Verified:
    """What was checked, and all that has drifted."""

    sidecars: int = 0
    files: int = 0
    drifts: list[Drift] = field(default_factory=list)


def verify(folders: Sequence[Path]) -> Verified:
    """Check every result below some folders.

    Parameters
    ----------
    folders
        E.g. ``results/released``, or single sidecars' folders.

    Raises
    ------
    RadiogazeError
        If a folder is not there or holds nothing to check.
    """
    verified = Verified()
    found: dict[tuple[str, str, str], list[str]] = {}
    listed: set[Path] = set()
    files = [path for folder in folders for path in _files_below(folder)]
    for sidecar in (path for path in files if path.name.endswith(SIDECAR)):
        verified.sidecars += 1
        about = _read(sidecar)
        if isinstance(about, str):
            found.setdefault(("sidecar unreadable", str(sidecar), about), []).append(str(sidecar))
            continue
        root = _root_of(sidecar, about["path"])
        listed |= {(root / path).resolve() for path in about["outputs"]}
        for drift in _check(about, root):
            found.setdefault(drift, []).append(str(sidecar))
    results = [path for path in files if _is_result(path)]
    verified.files = len(results)
    for path in results:
        if path.resolve() not in listed:
            found[("sidecar missing", str(path), "nothing says what it was made from")] = []
    if not files:
        raise RadiogazeError(
            f"{', '.join(map(str, folders))}: nothing to verify; expected a campaign's results"
        )
    verified.drifts = [Drift(*what, tuple(affects)) for what, affects in sorted(found.items())]
    return verified


def _files_below(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise RadiogazeError(f"{folder}: no such folder; name one such as results/released")
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _is_result(path: Path) -> bool:
    hidden = path.name.startswith((".", "README"))
    return path.suffix in _RESULTS and not path.name.endswith(SIDECAR) and not hidden


def _read(sidecar: Path) -> dict[str, Any] | str:
    """Return a sidecar's contents, or why there are none."""
    try:
        about = json.loads(sidecar.read_text("utf-8"))
        validate(about, _SIDECAR, "sidecar")
    except (OSError, ValueError, RecursionError, RadiogazeError) as error:
        return printable(" ".join(str(error).split()))
    return about


def _root_of(sidecar: Path, recorded: str) -> Path:
    """Return the folder that the sidecar's paths are relative to, wherever the tree stands now."""
    parts = Path(recorded).parts
    whole = sidecar.absolute()
    if not Path(recorded).is_absolute() and whole.parts[-len(parts) :] == parts:
        return whole.parents[len(parts) - 1]
    return Path.cwd()


def _check(about: dict[str, Any], root: Path) -> Iterator[tuple[str, str, str]]:
    """Yield kind, what and detail of all that has drifted of one step."""
    for kind, files in (("output", about["outputs"]), ("input", about["inputs"])):
        yield from _check_files(kind, files, root)
    yield from _check_row(about["settings"].get("row"), root)
    verb, code = about["verb"], about["code"]
    if code["digest"] != code_digest(verb, *code["modules"]):
        named = f" with {', '.join(code['modules'])}" if code["modules"] else ""
        yield "code changed", f"radiogaze {verb}{named}", "its modules mean something else now"
    for package, then in {**about["packages"], "Python": about["python"]}.items():
        now = _version_now(package)
        if now != then:
            yield "versions differ", package, f"made with {then}, here is {now or 'none'}"


def _check_row(row: dict[str, Any] | None, root: Path) -> Iterator[tuple[str, str, str]]:
    """Compare the variant's row of the experiment sheet with what it is now."""
    if row is None:
        return
    then = {key: value for key, value in row.items() if key != "sheet"}
    try:
        variant = find_variant(root / row["sheet"], row["variant"])
    except RadiogazeError as error:
        yield "variant changed", row["variant"], str(error)
        return
    now = json.loads(to_json(asdict(variant)))  # as it would be stored
    # a column that the sheet did not have then says nothing of it
    changed = [key for key in then if now.get(key) != then[key]]
    if changed:
        yield "variant changed", row["variant"], f"{row['sheet']}: {', '.join(sorted(changed))}"


def _check_files(kind: str, files: dict[str, str], root: Path) -> Iterator[tuple[str, str, str]]:
    for name, then in files.items():
        now = _digest(root / name)
        if now is None:
            yield f"{kind} missing", name, ""
        elif now != then:
            yield f"{kind} changed", name, f"sha256 {now[:12]}…, expected {then[:12]}…"


def _digest(path: Path) -> str | None:
    """Return a file's digest, None if it is not there; a file that stays the same is read once."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return _digest_of(path, stat.st_size, stat.st_mtime_ns)


@cache
def _digest_of(path: Path, _size: int, _changed: int) -> str | None:
    try:
        return sha256_of(path)
    except OSError:
        return None


@cache
def _version_now(package: str) -> str:
    if package == "Python":
        return platform.python_version()
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def to_report(verified: Verified) -> dict[str, Any]:
    """Return what was found as JSON values."""
    return {
        "sidecars": verified.sidecars,
        "files": verified.files,
        "drifts": [
            {
                "kind": drift.kind,
                "what": drift.what,
                "detail": drift.detail,
                "affects": list(drift.affects),
            }
            for drift in verified.drifts
        ],
    }
