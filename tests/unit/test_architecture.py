"""docs/architecture.md shows the rooms of the library and the direction of their imports."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

# What no room may come to need, in whatever picture.
FORBIDDEN = [
    ("data", "models"),
    ("models", "training"),
    ("evaluation", "figures"),
    *((room, above) for room in ("attention", "evaluation") for above in ("tables", "report")),
]


def imports(package: Path) -> dict[tuple[str, str], list[str]]:
    """(importing room, imported room) -> the files that do it."""
    rooms = {path.relative_to(package).parts[0] for path in package.glob("*/**/*.py")}
    found: dict[tuple[str, str], list[str]] = {}
    for path in sorted(package.glob("*/**/*.py")):
        importing = path.relative_to(package).parts[0]
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: a relative import"
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in names:
                top, _, rest = name.partition(".")
                imported = rest.partition(".")[0]
                if top == "radiogaze" and imported in rooms and imported != importing:
                    found.setdefault((importing, imported), []).append(path.name)
    return found


def read_picture(text: str) -> set[tuple[str, str]]:
    """The arrows of the page's flowchart."""
    (picture,) = re.findall(r"^```mermaid\nflowchart TD\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.strip().split(" --> ") for line in picture.splitlines()]
    return {(room, below) for room, others in lines for below in others.split(" & ")}


def reachable(arrows: set[tuple[str, str]], start: str) -> set[str]:
    """The rooms that can be reached along the arrows."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        room = waiting.pop()
        new = {below for above, below in arrows if above == room} - found
        found |= new
        waiting += new
    return found


def disagreements(picture: set[tuple[str, str]], made: dict[tuple[str, str], list[str]]):
    """One line for each import without a way in the picture, and each arrow without an import."""
    for (room, other), files in made.items():
        if other not in reachable(picture, room):
            yield f"{room} imports {other} ({', '.join(files)}): no way in docs/architecture.md"
    for room, other in picture - set(made):
        yield f"{room} --> {other} in docs/architecture.md: no such import; remove the arrow"


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs/architecture.md").read_text("utf-8")


@pytest.fixture(scope="module")
def made(root):
    return imports(root / "src/radiogaze")


def test_the_rooms_on_the_page_are_the_folders(root, page):
    folders = {path.parent.name for path in (root / "src/radiogaze").glob("*/__init__.py")}
    assert {room for arrow in read_picture(page) for room in arrow} == folders
    rows = re.findall(r"^\| (`.*?) \|", page, re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(folders)


def test_every_import_is_along_the_arrows_and_every_arrow_is_an_import(page, made):
    assert list(disagreements(read_picture(page), made)) == []


def test_the_arrows_go_one_way_and_none_is_superfluous(page):
    picture = read_picture(page)
    graph = {room: {below for above, below in picture if above == room} for room, _ in picture}
    TopologicalSorter(graph).prepare()  # CycleError, with the cycle
    for arrow in picture:
        assert arrow[1] not in reachable(picture - {arrow}, arrow[0]), arrow


def test_the_forbidden_imports_do_not_exist(made):
    assert [pair for pair in made if pair in FORBIDDEN or pair[1] == "cli"] == []


def test_an_import_that_goes_back_is_found(page, tmp_path):
    for name, text in (
        ("evaluation/metrics.py", "from radiogaze.figures.style import use\n"),
        ("figures/style.py", "from radiogaze import evaluation\n"),
        ("data/store.py", "def load():\n    import radiogaze.models.load\n"),
        ("models/load.py", "import torch\n"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = imports(tmp_path)
    assert set(found) == {("evaluation", "figures"), ("figures", "evaluation"), ("data", "models")}
    lines = [line for line in disagreements(read_picture(page), found) if "imports" in line]
    assert len(lines) == 2
    assert "data imports models (store.py)" in lines[0]
    assert "evaluation imports figures (metrics.py)" in lines[1]
