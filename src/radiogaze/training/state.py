"""The state of an unfinished training on disk: two generations, each whole and with its digest.

A generation is ``<n>.safetensors`` and ``<n>.json``; the JSON file is written last, holds the
digest of both, and so decides whether the generation is there. No pickles.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from torch import Tensor

from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import atomic_path, disk_faults, write_text
from radiogaze.provenance.record import sha256_of, to_json

_KEPT = 2
# Seconds that a training waits for another one on the same state: a killed workflow's last job
# may live a little longer than the workflow.
_PATIENCE = 60


class BrokenError(Exception):
    """A generation that cannot be used; the message says why."""


@contextmanager
def held(folder: Path, note: Callable[[str], None]) -> Iterator[None]:
    """Keep a state folder to one training at a time; a training that dies lets go of it.

    Parameters
    ----------
    folder
        The folder of the state.
    note
        Told in one line if it has to wait for another training.

    Raises
    ------
    RadiogazeError
        If another training holds it, and does so for another minute, or it is the root.
    """
    whole = folder.resolve()  # `.` has no name to call the lock after
    if not whole.name:
        raise RadiogazeError(f"--state {folder}: expected a folder below it")
    path = whole.with_name(f"{whole.name}.lock")
    lock = FileLock(path)
    with disk_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _wait_for(lock, f"{folder}: waiting for another training to end", note)
        except Timeout:
            raise RadiogazeError(
                f"{folder}: another training is at work on this state; wait for it, or choose"
                " another --state"
            ) from None
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        lock.release()


def _wait_for(lock: FileLock, words: str, note: Callable[[str], None]) -> None:
    """Acquire a lock, and say so where that takes a while."""
    try:
        lock.acquire(timeout=0)
    except Timeout:
        note(words)
        lock.acquire(timeout=_PATIENCE)


class StateFolder:
    """The saved generations of one seed's training.

    Parameters
    ----------
    folder
        A folder of its own; made when something is saved.
    settings
        Everything that decides the result. A state saved under other settings is refused.
    """

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self.folder = folder
        self._settings = json.loads(to_json(settings))

    @property
    def checkpoints(self) -> Path:
        """Where the weights of improving epochs wait for the end."""
        return self.folder / "checkpoints"

    def save(self, tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
        """Write a new generation, then remove all but the newest two.

        Raises
        ------
        RadiogazeError
            If the disk is full or the folder cannot be written.
        """
        numbers = self._generations()
        new = self.folder / f"{(numbers[0] if numbers else 0) + 1:08d}"
        with atomic_path(new.with_suffix(".safetensors")) as path:
            save_file(tensors, path)
        content = {
            "settings": self._settings,
            "tensors": sha256_of(new.with_suffix(".safetensors")),
            "document": document,
        }
        write_text(to_json({"digest": _digest(content), **content}), new.with_suffix(".json"))
        self._discard(self._generations()[_KEPT:])

    def load(self, warn: Callable[[str], None]) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """Return tensors and document of the newest whole generation, None if there is none.

        Newer ones, which are broken, are deleted: they would count among the newest two.

        Parameters
        ----------
        warn
            Told in one line when the newest is broken and the one before is used.

        Raises
        ------
        RadiogazeError
            If every generation is broken, the state is that of another training, or a broken one
            cannot be deleted.
        """
        numbers = self._generations()
        for place, number in enumerate(numbers):
            path = self.folder / f"{number:08d}.json"
            try:
                content = self._read(path)
                self._check_settings(content["settings"], path)
                tensors = self._tensors(path, content)
            except BrokenError as fault:
                last = f"{path}: {fault}"
                if number != numbers[-1]:
                    warn(f"{last}; going on from the state before it")
            else:
                self._discard(numbers[:place])
                return tensors, content["document"]
        if numbers:
            raise RadiogazeError(
                f"{last}; no whole state is left: delete {self.folder} to train from the start"
            )
        return None

    def remove(self) -> None:
        """Delete everything that was saved, and the parent folder if nothing else is in it."""
        if not self.folder.is_dir():
            return
        with disk_faults(self.folder):
            # the JSON files first: killed in between, no generation is left that lacks a file
            for kind in ("*.json", "*.*", f"{self.checkpoints.name}/*"):
                for path in self.folder.glob(kind):
                    path.unlink()
            for folder in (self.checkpoints, self.folder):
                if folder.is_dir():
                    folder.rmdir()
            if not any(self.folder.parent.iterdir()):
                self.folder.parent.rmdir()

    def _discard(self, numbers: list[int]) -> None:
        """Delete generations."""
        with disk_faults(self.folder):
            for number in numbers:
                for suffix in (".json", ".safetensors"):
                    (self.folder / f"{number:08d}{suffix}").unlink(missing_ok=True)

    def _generations(self) -> list[int]:
        """Return the numbers of the saved generations, newest first."""
        found = (path.stem for path in self.folder.glob("*.json"))
        return sorted((int(stem) for stem in found if stem.isdecimal()), reverse=True)

    @staticmethod
    def _read(path: Path) -> dict[str, Any]:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            digest = content.pop("digest")
        except (OSError, ValueError, AttributeError, KeyError, TypeError):
            raise BrokenError("not a readable saved state") from None
        if digest != _digest(content):
            raise BrokenError("saved state does not have its digest")
        return content

    def _tensors(self, path: Path, content: dict[str, Any]) -> dict[str, Tensor]:
        """Read the tensors of a generation, after checking all files that it needs."""
        needed = {path.with_suffix(".safetensors"): content["tensors"]}
        for epoch, digest in content["document"]["checkpoints"].items():
            needed[self.checkpoints / f"{epoch}.safetensors"] = digest
        for file, digest in needed.items():
            if not file.is_file() or sha256_of(file) != digest:
                raise BrokenError(f"{file.name} is missing or does not have its digest")
        try:
            return load(path.with_suffix(".safetensors").read_bytes())
        except (OSError, SafetensorError) as error:
            raise BrokenError(f"tensors not readable: {error}") from None

    def _check_settings(self, saved: dict[str, Any], path: Path) -> None:
        for name in sorted({*saved, *self._settings}):
            if saved.get(name) != self._settings.get(name):
                raise RadiogazeError(
                    f"{path}: saved by a training with {name} {saved.get(name)}, this one has"
                    f" {self._settings.get(name)}; delete {self.folder} or choose another --state"
                )


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(to_json(content).encode()).hexdigest()
