"""The captions of the workflow's report, filled in for a campaign."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import one_line
from radiogaze.report.files import read_text
from radiogaze.report.markup import caption_html

_MARKUP = re.compile(r"[^\w\s-]")
_ENVIRONMENT = SandboxedEnvironment(  # reStructuredText, not HTML: docutils escapes
    trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, autoescape=False
)


def render_caption(path: Path, config: dict[str, Any], **wildcards: str) -> Markup:
    """Render one caption.

    Parameters
    ----------
    path
        A template of Snakemake's report, e.g. ``workflow/report/figures.rst``.
    config
        The settings of ``config.yaml``.
    wildcards
        ``campaign``, ``paper`` and ``figure`` or ``table``.

    Returns
    -------
    Markup
        Empty where the file has none for it.

    Raises
    ------
    RadiogazeError
        If the file is missing or its template is faulty.
    """
    # the names of files, which stand in the captions' markup
    plain = {name: _MARKUP.sub(r"\\\g<0>", " ".join(v.split())) for name, v in wildcards.items()}
    given = SimpleNamespace(config=config, wildcards=SimpleNamespace(**plain))
    source = read_text(path, "the captions")
    try:
        text = _ENVIRONMENT.from_string(source).render(snakemake=given)
    except (TemplateError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise RadiogazeError(f"{path}: cannot be filled in: {one_line(error)}") from None
    return caption_html(text, str(path))
