"""A finished campaign as a Research Object Crate: its files, and what each was made from by what.

The crate follows RO-Crate 1.1 and its profile Process Run Crate 0.5
(https://w3id.org/ro/wfrun/process/0.5): one action a step, with the digest (SHA-256) of each file.
"""

import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import atomic_path
from radiogaze.files.packaged import packaged_table
from radiogaze.files.rows import read_rows
from radiogaze.files.schema import load_schema, validate
from radiogaze.provenance.record import sha256_of
from radiogaze.provenance.sidecars import SIDECAR, files_below
from radiogaze.provenance.verify import digest_of, is_result

_OUTPUTS = ("results", "figures", "paper_tables")  # each with a folder of the campaign
_FETCHED = "resources"  # kept out of the crate: it has its own licences and DOIs
_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_SHA256 = "https://w3id.org/ro/terms/workflow-run#sha256"  # no term of RO-Crate 1.1 itself
_LICENCES = "https://spdx.org/licenses/"
_Step = Mapping[str, Any]


def write_crate(folder: Path, out: Path) -> tuple[int, int]:
    """Write the crate of a campaign as a zip archive.

    Parameters
    ----------
    folder
        The campaign's results, e.g. ``results/released``.
    out
        The archive. Files below ``resources`` are not in it, but described by DOI or URL, licence
        and digest.

    Returns
    -------
    tuple
        How many files are in the crate, and how many steps made them.

    Raises
    ------
    RadiogazeError
        If the folder is no campaign's or the campaign is not finished, or if a file is not what
        the step that made it wrote or what later steps read.
    """
    root, campaign = _find_campaign(folder)
    tops = (root / top / campaign for top in _OUTPUTS)
    files = [path for top in tops if top.is_dir() for path in sorted(files_below([top]))]
    sidecars = [path for path in files if path.name.endswith(SIDECAR)]
    made = [_read(path) for path in sidecars]
    copies = _find_copies(root, campaign, [path for path in files if is_result(path)], made)
    builder = _Builder(root, made, campaign)
    for step in reversed([*made, *_earlier(root, made)]):  # a source before its readers
        builder.add_step(step)
    for path in [*copies, *sidecars]:
        builder.add_file(path.relative_to(root).as_posix(), sha256_of(path))
    builder.add_campaign(made)
    if os.path.realpath(out) in map(os.path.realpath, builder.packed):
        raise RadiogazeError(f"{out}: would replace a file of the crate; give it a name of its own")
    with atomic_path(out) as path:
        builder.crate.write_zip(path)
    return len(builder.packed), builder.steps


def _find_copies(
    root: Path, campaign: str, results: list[Path], made: list[dict[str, Any]]
) -> list[Path]:
    """Return the results that no sidecar lists, all of which are copies of listed ones."""
    listed = {name: digest for step in made for name, digest in step["outputs"].items()}
    others = [path for path in results if path.relative_to(root).as_posix() not in listed]
    for path in others:
        if sha256_of(path) not in listed.values():
            raise RadiogazeError(
                f"{path}: no sidecar beside it lists it; remove it, then run"
                f" `{_command(campaign)}`, which makes it again if it is a result"
            )
    return others


def _command(campaign: str) -> str:
    """Return the command that makes a campaign, with or without a rule of its name."""
    return f"snakemake --cores all results/{campaign}/report/index.html"


def _find_campaign(folder: Path) -> tuple[Path, str]:
    """Return the folder that paths are relative to, and the campaign's name."""
    # by the name that was given: behind a link are no figures and tables beside the results
    places = Path(os.path.normpath(folder.absolute())), Path(os.path.realpath(folder))
    results = next((place for place in places if place.parent.name == _OUTPUTS[0]), None)
    if results is None or not folder.is_dir():
        raise RadiogazeError(
            f"{folder}: no campaign; expected a folder such as results/released with its results"
        )
    if not (results / f"report/index.html{SIDECAR}").is_file():
        raise RadiogazeError(
            f"{folder}: this campaign is not finished, it has no report/index.html; run"
            f" `{_command(results.name)}` to its end first"
        )
    return results.parents[1], results.name


def _read(sidecar: Path) -> dict[str, Any]:
    content: dict[str, Any] = {}
    try:
        content = json.loads(sidecar.read_text("utf-8"))
        validate(content, load_schema("sidecar"), "sidecar")
        whole = {"radiogaze", "commit"} <= content.keys()
        whole = whole and all(map(_is_inside, content["outputs"]))
    except (OSError, ValueError, RecursionError, RadiogazeError):
        whole = False
    if not whole:
        raise RadiogazeError(
            f"{sidecar}: unreadable; remove it with the files that it describes, and run again"
        )
    return content


def _is_inside(name: str) -> bool:
    """Return whether a recorded path stays in the folder that it is relative to."""
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def _earlier(root: Path, made: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the steps outside a campaign that made what its steps read, and what those read."""
    wanted = [name for step in made for name in step["inputs"]]
    seen = {name for step in made for name in step["outputs"]}
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        for path in sorted((root / name).parent.glob(f"*{SIDECAR}")):
            step = _read(path)
            if name in step["outputs"]:
                seen |= set(step["outputs"])
                wanted += step["inputs"]
                yield step


class _Builder:
    """The crate while it is filled; every file, program and package is in it once."""

    def __init__(self, root: Path, made: list[dict[str, Any]], campaign: str) -> None:
        self.crate, self.campaign = ROCrate(gen_preview=True, version="1.1"), campaign
        self.crate.metadata.extra_terms["sha256"] = _SHA256
        self.packed: list[Path] = []
        self.steps = 0
        self._root, self._digest = root, cache(digest_of)
        self._outputs = {name: digest for step in made for name, digest in step["outputs"].items()}
        self._entities: dict[str, Any] = {}
        self._sources: list[Any] = []
        self._published = dict(_published())
        self._archives = {row["dataset"]: row for row in _manifest("datasets.csv")}
        self.crate.name = f"radiogaze: campaign {campaign}"
        self.crate.description = (
            f"Results, tables, figures and report of the campaign {campaign}, with every step that"
            " made them. A file beside each step's first output records its settings and packages."
        )
        self.crate.license = self._licence("BSD-3-Clause")
        self.crate.root_dataset["conformsTo"] = self._context(
            _PROFILE, "CreativeWork", name="Process Run Crate", version="0.5"
        )

    def add_step(self, step: _Step) -> None:
        """Add a step, its inputs and its outputs."""
        inputs = [self._describe(step, *item) for item in step["inputs"].items()]
        outputs = [self._describe(step, *item) for item in step["outputs"].items()]
        settings = json.dumps(step["settings"], ensure_ascii=False, sort_keys=True)
        metadata = {"name": f"radiogaze {step['verb']}", "description": settings}
        metadata["additionalType"] = f"version {step['version']} of its results"
        self._add_action(self._program(step), f"#{step['path']}", inputs, outputs, metadata)
        self.steps += 1

    def add_campaign(self, made: list[dict[str, Any]]) -> None:
        """Add the command that ran all steps, with the settings that ``config.yaml`` had."""
        found = [step["settings"].get("settings") for step in made if step["verb"] == "report"]
        key, value = f"campaigns.{self.campaign} of config.yaml", "; ".join(map(str, found))
        settings = self._context("#settings", "PropertyValue", name=key, value=value)
        url = "https://snakemake.github.io"
        snakemake = self._context(url, "SoftwareApplication", name="Snakemake", url=url)
        command = {"name": _command(self.campaign)}
        results = [self._entities[name] for name in self._outputs]
        inputs = [*self._sources, settings]
        self._add_action(snakemake, "#campaign", inputs, results, command)

    def _add_action(self, *action: Any) -> None:
        self.crate.root_dataset.append_to("mentions", self.crate.add_action(*action))

    def add_file(self, name: str, digest: str) -> Any:
        """Put a file into the crate."""
        if name not in self._entities:
            kind = guess_type(name)[0] or "application/octet-stream"
            metadata = {"name": name, "sha256": digest, "encodingFormat": kind}
            self._entities[name] = self.crate.add_file(
                self._root / name, name, properties=metadata, record_size=True
            )
            self.packed.append(self._root / name)
        return self._entities[name]

    def _describe(self, step: _Step, name: str, digest: str) -> Any:
        """Return a file as it was read or written: in the crate, published, or by digest only."""
        if name in self._outputs:
            if self._outputs[name] != digest or self._now(name) != digest:
                raise RadiogazeError(
                    f"{self._root / name}: is not what radiogaze {step['verb']} read or wrote; run"
                    f" `{_command(self.campaign)}` again, or see `radiogaze verify"
                    f" results/{self.campaign}`"
                )
            return self.add_file(name, digest)
        of_campaign = name.startswith(tuple(f"{top}/{self.campaign}/" for top in _OUTPUTS))
        if of_campaign and self._now(name) is None:
            raise RadiogazeError(
                f"{self._root / name}: radiogaze {step['verb']} read it, and it is not there; call"
                " this command in the folder that holds results, figures and paper_tables, or run"
                f" `{_command(self.campaign)}` again"
            )
        if step["verb"] == "fetch-dataset" and name in step["outputs"]:
            row = self._archives[step["settings"]["dataset"]]
            url = f"https://doi.org/{row['doi']}"
            return self._published_file(name, digest, url, row["licence"])
        if digest in self._published:
            return self._published_file(name, digest, *self._published[digest])
        packed = _is_inside(name) and not name.startswith(f"{_FETCHED}/")
        if packed and self._now(name) == digest:
            return self.add_file(name, digest)
        if digest in self._entities:  # an archive, read
            return self._entities[digest]
        return self._context(f"#sha256-{digest}", "CreativeWork", name=name, sha256=digest)

    def _now(self, name: str) -> str | None:
        return self._digest(self._root / name)

    def _published_file(self, name: str, digest: str, url: str, licence: str) -> Any:
        if digest not in self._entities:
            metadata = {"name": name, "sha256": digest, "license": self._licence(licence)}
            self._entities[digest] = self.crate.add_file(url, properties=metadata)
            self._sources.append(self._entities[digest])
        return self._entities[digest]

    def _licence(self, name: str) -> Any:
        url = f"{_LICENCES}{name}" if " " not in name else f"#{name.replace(' ', '-')}"
        return self._context(url, "CreativeWork", name=name)

    def _program(self, step: _Step) -> Any:
        """Return radiogaze as it ran a step, with the packages that it had."""
        packages = {**step["packages"], "Python": step["python"]}
        return self._context(
            f"#radiogaze-{step['commit']}",
            "SoftwareApplication",
            name="radiogaze",
            softwareVersion=f"{step['radiogaze']}, commit {step['commit']}",
            softwareRequirements=[self._package(*package) for package in packages.items()],
        )

    def _package(self, name: str, version: str) -> Any:
        return self._context(
            f"#{name}-{version}", "SoftwareApplication", name=name, softwareVersion=version
        )

    def _context(self, identifier: str, kind: str, **metadata: Any) -> Any:
        if identifier not in self._entities:
            entity = ContextEntity(self.crate, identifier, {"@type": kind, **metadata})
            self._entities[identifier] = self.crate.add(entity)
        return self._entities[identifier]


def _manifest(name: str) -> list[dict[str, str]]:
    return read_rows(packaged_table(name), ",")


def _published() -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield digest, and URL and licence, of released weights and original images."""
    for name in ("weights.csv", "first_images.csv"):
        for row in _manifest(name):
            urls = [url for url in row["urls"].split() if url.startswith("http")]
            yield row["sha256"], (urls[0], row["licence"])
