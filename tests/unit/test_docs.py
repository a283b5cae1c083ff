"""The Markdown pages: links lead somewhere, the site shows each page, and commands can be typed."""

import re
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

from processes import call


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in headings}


def pages(root: Path) -> list[Path]:
    return [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("[!.]*/README.md")]


def broken_links(page: Path) -> list[str]:
    targets = re.findall(r"\]\((?!https?:)([^#)\s]*)#?([^)\s]*)\)", page.read_text("utf-8"))
    found = [(page.parent / path if path else page, anchor) for path, anchor in targets]
    return [
        f"{page}: {target}#{anchor}"
        for target, anchor in found
        if not target.exists() or (anchor and anchor not in anchors(target))
    ]


def test_every_link_leads_somewhere(root, tmp_path):
    assert [link for page in pages(root) for link in broken_links(page)] == []
    (tmp_path / "page.md").write_text("# A b\n[a](#a-b) [b](#b) [c](none.md) [d](page.md)\n")
    assert len(broken_links(tmp_path / "page.md")) == 2


def test_the_site_shows_every_page(root):
    listed = re.findall(r"^ +- .+: (\S+\.md)$", (root / "mkdocs.yml").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(str(page.relative_to(root)) for page in pages(root))
    module = re.compile(r"^::: (\S+)$", re.MULTILINE)
    documented = module.findall((root / "docs/api.md").read_text())
    assert documented
    assert [name for name in documented if find_spec(name) is None] == []


def test_the_commands_of_the_first_hour_exist(root, mirror, tmp_path):
    blocks = re.findall(r"```sh\n(.*?)```", (root / "docs/first-hour.md").read_text(), re.DOTALL)
    for line in "".join(blocks).splitlines():
        program, *arguments = shlex.split(line, comments=True)
        if program == "make":
            known = call("make", "--question", *arguments, cwd=root).returncode in {
                0,
                1,
            }  # 2: no rule
            assert known, line
        elif program == ".venv/bin/radiogaze" and arguments[0] != "verify":
            command = Path(sys.executable).with_name("radiogaze")
            offline = {"RADIOGAZE_MIRROR": str(mirror), "RADIOGAZE_CACHE": str(tmp_path / "cache")}
            done = call(command, *arguments, cwd=tmp_path, **offline)
            assert done.returncode == 0, done.stderr
    assert len((tmp_path / "predictions.csv").read_text().splitlines()) == 1 + 4
