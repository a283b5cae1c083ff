"""Every link between the Markdown pages leads to a file and, within it, to a heading."""

import re
from pathlib import Path


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in headings}


def broken_links(page: Path) -> list[str]:
    targets = re.findall(r"\]\((?!https?:)([^#)\s]*)#?([^)\s]*)\)", page.read_text("utf-8"))
    found = [(page.parent / path if path else page, anchor) for path, anchor in targets]
    return [
        f"{page}: {target}#{anchor}"
        for target, anchor in found
        if not target.exists() or (anchor and anchor not in anchors(target))
    ]


def test_every_link_leads_somewhere(root, tmp_path):
    pages = [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("*/README.md")]
    assert [link for page in pages for link in broken_links(page)] == []
    (tmp_path / "page.md").write_text("# A b\n[a](#a-b) [b](#b) [c](none.md) [d](page.md)\n")
    assert len(broken_links(tmp_path / "page.md")) == 2
