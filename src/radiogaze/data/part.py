"""A download under way: a file beside its destination, which it becomes once verified."""

import glob
import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from radiogaze.files.atomic import disk_faults


class Part:
    """The bytes of one origin that have come so far; outlives a kill, so that a rerun resumes.

    Its name holds a digest of the origin: bytes of different origins are never joined.

    Parameters
    ----------
    destination
        The file that it is to become.
    origin
        The address or path that the bytes come from.

    Raises
    ------
    RadiogazeError
        From any method, if the disk is full (the part is then removed) or cannot be written.
    """

    def __init__(self, destination: Path, origin: str) -> None:
        digest = hashlib.sha256(origin.encode()).hexdigest()[:8]
        self.destination = destination
        self.path = destination.with_name(f"{destination.name}.{digest}.part")
        with disk_faults(destination):
            destination.parent.mkdir(parents=True, exist_ok=True)
            # never through a link, which may have been put there for us to write elsewhere
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
            self._file = os.fdopen(os.open(self.path, flags, 0o666), "ab", buffering=0)
        self.size = self.path.stat().st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close; a part without bytes serves no resume."""
        self._file.close()
        if self.size == 0:
            self.path.unlink(missing_ok=True)

    def append(self, data: bytes) -> None:
        """Add bytes."""
        rest = memoryview(data)
        try:
            with disk_faults(self.destination):
                while rest:  # a nearly full disk takes only some of them
                    rest = rest[self._file.write(rest) :]
        except BaseException:
            self.restart()
            raise
        self.size += len(data)

    def restart(self) -> None:
        """Forget all bytes."""
        self._file.truncate(0)
        self.size = 0

    def sync(self) -> None:
        """Bring all bytes to the disk."""
        with disk_faults(self.destination):
            os.fsync(self._file.fileno())

    def publish(self) -> None:
        """Become the destination; parts of other origins, now useless, are removed."""
        with disk_faults(self.destination):
            self.path.replace(self.destination)
            pattern = f"{glob.escape(self.destination.name)}.{'[0-9a-f]' * 8}.part"
            for other in self.destination.parent.glob(pattern):
                other.unlink()
