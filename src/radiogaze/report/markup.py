"""Markdown as HTML that is safe to put into the page: HTML in its text stays text."""

import re
from collections.abc import Container
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from radiogaze.tables.verdict import LOOKS

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_TITLE = re.compile(r"^# .*\n", re.MULTILINE)
# the target of a link into docs/differences.md, from within it too
_DIFFERENCES = re.compile(r"\]\((?:[^()\s]*docs/differences\.md)?#")
_CITED = re.compile(r"(Table|Figure) ([0-9]+)")
_STYLES = {look.mark: look.style for look in LOOKS.values() if look.mark}
# A short cell is kept on one line, but that its interval may go to the next.
_SHORT = 40
_BREAK = re.compile(r" (?!\[)")


def inline_html(text: str) -> Markup:
    """Render one line of Markdown, such as a note that links to a known difference."""
    return Markup(_MARKDOWN.renderInline(text))  # noqa: S704 - HTML of the text is escaped


def caption_html(text: str) -> Markup:
    """Render the Markdown of a caption."""
    return _html(_MARKDOWN.parse(text))


def table_html(text: str) -> Markup:
    """Render the Markdown of ``radiogaze tabulate`` without its title.

    It alone has the rows and columns of the paper and the notes; a cell is classed by the mark of
    its verdict.
    """
    tokens = _below(text, levels=2)
    for token, content in pairwise(tokens):
        if token.type != "td_open":
            continue
        marks = [mark for mark in content.content.split() if mark in _STYLES]
        if marks:
            token.attrSet("class", _STYLES[marks[-1]])
        if len(content.content) <= _SHORT:
            for child in content.children or []:
                child.content = _BREAK.sub("\u00a0", child.content)
    return _html(tokens)


def document_html(text: str) -> Markup:
    """Render a document of the project without its title.

    Its headings get the anchors ``differences-<heading>``, after those that GitHub gives them.
    """
    tokens = _below(text, levels=1)
    for token, content in pairwise(tokens):
        if token.type == "heading_open":
            slug = re.sub(r"[^\w\- ]", "", content.content.lower()).replace(" ", "-")
            token.attrSet("id", f"differences-{slug}")
    return _html(tokens)


def cited_html(text: str, paper: str, anchors: Container[str]) -> Markup:
    """Link each ``Table 6`` or ``Figure 9`` of a text to its place on the page, if it has one.

    Parameters
    ----------
    text
        Where a claim is made in its paper.
    paper
        Its short name, which anchors begin with.
    anchors
        All there are.
    """

    def link(found: re.Match[str]) -> str:
        kind = {"Table": "table", "Figure": "fig"}[found[1]]
        anchor = f"{paper}-{kind}{int(found[2]):02d}"
        return f'<a href="#{anchor}">{found[0]}</a>' if anchor in anchors else found[0]

    return Markup(_CITED.sub(link, str(escape(text))))  # noqa: S704 - escaped


def _below(text: str, levels: int) -> list[Token]:
    """Parse a document whose title is a heading of the page; its other headings shrink.

    Links to a known difference lead to its section of the page.
    """
    on_page = _DIFFERENCES.sub("](#differences-", _TITLE.sub("", text, count=1))
    tokens = _MARKDOWN.parse(on_page)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + levels, 6)}"
    return tokens


def _html(tokens: list[Token]) -> Markup:
    """Write tokens as HTML; on a narrow screen each table scrolls, by keyboard too."""
    html = str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))
    html = html.replace("<table>", '<div class="scroll" tabindex="0"><table>')
    return Markup(html.replace("</table>", "</table></div>"))  # noqa: S704 - escaped
