"""The captions of the workflow's report, filled in for a campaign."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from radiogaze.errors import RadiogazeError
from radiogaze.report.markup import caption_html

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
    given = SimpleNamespace(config=config, wildcards=SimpleNamespace(**wildcards))
    try:
        template = _ENVIRONMENT.from_string(path.read_text("utf-8"))
        text = template.render(snakemake=given)
    except FileNotFoundError:
        raise RadiogazeError(f"{path}: no such file; expected the captions") from None
    except (TemplateError, LookupError) as error:
        raise RadiogazeError(f"{path}: cannot be filled in: {error}") from None
    return caption_html(text, str(path))
