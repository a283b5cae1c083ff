"""A model card: what a trained network is, its metrics, and its limits.

After Mitchell et al. 2019, "Model cards for model reporting". Every number comes from the files
that the card lists.
"""

import json
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, UndefinedError

from radiogaze.campaigns.variants import Variant
from radiogaze.errors import RadiogazeError
from radiogaze.files.reading import reading

# Description, source and licence of each data set.
DATASETS = {
    "mirabest": "MiraBest without hybrids (Porter 2020; 10.5281/zenodo.4288837, CC BY 4.0)",
    "mirabest-certain": "MiraBest*, the certainly classified sources of MiraBest (Porter 2020;"
    " 10.5281/zenodo.4288837, CC BY 4.0)",
    "frdeep": "FR-DEEP-F (Tang, Scaife & Leahy 2019; 10.5281/zenodo.4255826)",
}


def write_card(variant: Variant, metrics: Path, banner: str) -> str:
    """Write the model card of a variant in Markdown.

    Parameters
    ----------
    variant
        A row of an experiment sheet.
    metrics
        The ``metrics.json`` of `radiogaze evaluate` for it.
    banner
        A label at the top of the card, e.g. that the sky is synthetic.

    Raises
    ------
    RadiogazeError
        If the metrics are missing, broken, or another variant's.
    """
    templates = Environment(  # noqa: S701 (Markdown, not HTML)
        loader=PackageLoader("radiogaze.classify"),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    with reading(metrics, "metrics", "evaluate", UndefinedError):
        found = json.loads(metrics.read_text("utf-8"))
        if found["variant"] != variant.variant:
            raise RadiogazeError(
                f"{metrics}: metrics of {found['variant']}, expected those of {variant.variant}"
            )
        template = templates.get_template("model_card.md")
        return template.render(row=variant, found=found, banner=banner, datasets=DATASETS)
