"""Markdown and reStructuredText as HTML that is safe to put into the page.

Neither lets HTML of its text through: names from catalogues stand in tables and captions.
"""

import re
from collections.abc import Container

from docutils.core import publish_parts
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from radiogaze.errors import RadiogazeError

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_DIFFERENCES = re.compile(r"(?:.*/)?docs/differences\.md#(.+)")
_ANCHOR = "differences-"
# what a verdict's sign is called in the style sheet
_CLASSES = {
    "✓": "same",
    "●": "same",
    "≈": "near",
    "+": "extra",
    "–": "none",
    "✗": "apart",
    "○": "apart",
}
# A short cell with a verdict stays on one line, but that its interval may go to the next.
_SHORT = 40
_BREAK = re.compile(r" (?!\[)")
# e.g. "Table 6 of Bowles et al. (2021), ours beside the paper's: the AG-CNN."
_HEADING = re.compile(
    r"(?P<table>(?:Companion of )?.*?) of [^,:]*\(\d{4}\)(, [^:]*)?: (?P<title>.*?)\.?"
)
_CITED = re.compile(r"(Table|Figure) ([0-9]+)")
# docutils passes any address on, one that is a script too
_FOREIGN = re.compile(r'(?:href|src|data)="(?!https?://|#)([^"]*)"', re.IGNORECASE)
_SETTINGS = {
    "raw_enabled": False,
    "file_insertion_enabled": False,
    "halt_level": 2,
    "report_level": 5,
}


def table_html(text: str) -> tuple[str, Markup]:
    """Render a table's Markdown.

    Parameters
    ----------
    text
        Written by ``radiogaze tabulate``.

    Returns
    -------
    str
        Its heading, as text.
    Markup
        All that follows, each cell classed by the sign of its verdict, links to the known
        differences turned to those of the page.
    """
    tokens = _MARKDOWN.parse(text)
    heading = ""
    if tokens and tokens[0].type == "heading_open":
        heading = "".join(child.content for child in tokens[1].children or [])
        tokens = tokens[3:]
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h4"  # below the table's own on the page
    _turn_links(tokens)
    _class_cells(tokens)
    _scroll_tables(tokens)
    return heading, _html(tokens)


def split_heading(heading: str) -> tuple[str, str]:
    """Split a table's heading into what it is called, e.g. ``Table 6``, and what it shows."""
    found = _HEADING.fullmatch(heading)
    return (found["table"], found["title"]) if found else (heading, "")


def document_html(text: str) -> Markup:
    """Render a document of the project below a heading of the page; its own title is left out.

    Headings become two levels smaller and get anchors ``differences-<heading>``, as the links
    within the document expect them of GitHub.
    """
    tokens = _MARKDOWN.parse(text)
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        tokens = tokens[3:]
    for place, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        if token.type == "heading_open":
            token.attrSet("id", _ANCHOR + _slug(tokens[place + 1].content))
    _turn_links(tokens)
    _scroll_tables(tokens)
    return _html(tokens)


def inline_html(text: str) -> Markup:
    """Render one line of Markdown, such as a note that links to a known difference."""
    return Markup(_MARKDOWN.renderInline(text))  # noqa: S704 - HTML of the text is escaped


def cited_html(text: str, paper: str, anchors: Container[str]) -> Markup:
    """Link each ``Table 6`` or ``Figure 9`` of a text to its place on the page, if it has one.

    Parameters
    ----------
    text
        Where a claim stands in its paper.
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


def caption_html(text: str, where: str) -> Markup:
    """Render a caption's reStructuredText.

    Raises
    ------
    RadiogazeError
        If it is malformed.
    """
    try:
        parts = publish_parts(text, writer="html5", settings_overrides=_SETTINGS)
    except Exception as error:
        reason = " ".join(str(error).split())
        raise RadiogazeError(f"{where}: not reStructuredText: {reason}") from None
    html = str(parts["fragment"])
    if found := _FOREIGN.search(html):
        raise RadiogazeError(
            f"{where}: a caption points to {found[1][:60]!r}, expected links that begin with"
            " https:// or #"
        )
    return Markup(html)  # noqa: S704 - raw HTML is switched off, links are checked


def _html(tokens: list[Token]) -> Markup:
    return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704 - escaped


def _slug(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _turn_links(tokens: list[Token]) -> None:
    """Point links to a known difference, or within the document, to its place on the page."""
    for token in tokens:
        for child in token.children or []:
            if child.type != "link_open":
                continue
            target = str(child.attrGet("href"))
            if found := _DIFFERENCES.fullmatch(target):
                child.attrSet("href", f"#{_ANCHOR}{found[1]}")
            elif target.startswith("#"):
                child.attrSet("href", f"#{_ANCHOR}{target[1:]}")


def _class_cells(tokens: list[Token]) -> None:
    """Class each cell by the last sign of a verdict in it."""
    for place, token in enumerate(tokens):
        if token.type != "td_open":
            continue
        content = tokens[place + 1]
        signs = [sign for sign in content.content.split() if sign in _CLASSES]
        if signs:
            token.attrSet("class", _CLASSES[signs[-1]])
        if signs and len(content.content) <= _SHORT:
            for child in content.children or []:
                child.content = _BREAK.sub("\u00a0", child.content)


def _scroll_tables(tokens: list[Token]) -> None:
    """Wrap each table so that it scrolls in itself, by keyboard too, on a narrow screen."""
    for token in tokens:
        if token.type == "table_open":
            token.type, token.tag, token.nesting = "html_block", "", 0
            token.content = '<div class="scroll" tabindex="0"><table>\n'
        elif token.type == "table_close":
            token.type, token.tag, token.nesting = "html_block", "", 0
            token.content = "</table></div>\n"
