"""A kind of file, and the bytes that it is fuzzed with."""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import changed_bytes, changed_tables, texts

from limits import outcome

EXAMPLES = max(20, settings().max_examples // 2)
Bytes = st.SearchStrategy[bytes]


class Format(NamedTuple):
    """A kind of file: its name and bytes as meant, its reader, what holds of all that is read."""

    name: str
    whole: bytes
    read: Callable[[Path], Any]
    holds: Callable[[Any], bool]
    changed: Bytes | None = None


def changed(form: Format) -> Bytes:
    """Other bytes: by default those of a table with other cells, or any bytes changed."""
    if form.changed is not None:
        return form.changed
    delimiter = {".csv": ",", ".tsv": "\t", ".txt": " "}.get(Path(form.name).suffix)
    if delimiter is None:
        return changed_bytes(form.whole)
    text = form.whole.decode()
    cells = st.one_of(texts, st.sampled_from(sorted(set(text.split(delimiter)))))
    return changed_tables(text, delimiter, cells)


def to_bytes(write: Callable[[Any], Any]) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def files_of(write: Callable[..., Any], *names: str) -> dict[str, bytes]:
    """What is written to paths, by name."""
    with tempfile.TemporaryDirectory() as folder:
        write(*(Path(folder, name) for name in names))
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def fuzz(form: Format, folder: Path) -> None:
    """Read a file as it is meant, then with changes: read rightly, or refused in one line."""
    path = folder / form.name
    path.write_bytes(form.whole)
    assert form.holds(form.read(path))

    @settings(max_examples=EXAMPLES)
    @given(changed(form))
    def check(content: bytes) -> None:
        path.write_bytes(content)
        found = outcome(form.read, path)
        assert found is None or form.holds(found)

    check()
