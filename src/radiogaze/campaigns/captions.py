"""The fields of the captions of figures and tables, filled in from a campaign's settings."""

from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

from radiogaze.errors import RadiogazeError

_SYNTHETIC = (
    "**Synthetic sky.** The sources are simulated by radiogaze, not observed: nothing here is"
    " compared with the paper.\n\n"
)
_PAPER_PASSES = {"gating": "the paper: 360", "equivariant": "the paper's code: 100"}


def read_captions(room: str, paper: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, title and caption of a paper's figures or tables, from their ``captions.md``."""
    text = resources.files(f"radiogaze.{room}").joinpath(paper, "captions.md").read_text("utf-8")
    for section in text.strip().split("\n## ")[1:]:
        heading, *paragraphs = section.split("\n\n")
        name, _, title = heading.partition(": ")
        yield name, title, "\n\n".join(text.strip().replace("\n", " ") for text in paragraphs)


def fill_caption(caption: str, settings: Mapping[str, Any], paper: str) -> str:
    """Fill a caption of the registry of figures or of tables in for a campaign.

    Parameters
    ----------
    caption
        Markdown with fields in braces, e.g. ``{model}``.
    settings
        What ``config.yaml`` sets for the campaign.
    paper
        Its short name.

    Returns
    -------
    str
        Markdown, with a warning first where the sky is synthetic.

    Raises
    ------
    RadiogazeError
        If the campaign's settings lack a field of the caption, or have it in another form.
    """
    try:
        text = caption.format_map(_fields(settings, paper))
        return _SYNTHETIC + text if settings["sky"] == "synthetic" else text
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise RadiogazeError(
            f"the campaign's settings do not fill a caption of the {paper} paper:"
            f" {type(error).__name__} {error!s:.80}; see config.yaml"
        ) from None


def _fields(settings: Mapping[str, Any], paper: str) -> dict[str, str]:
    budget, trained = settings[paper], settings["weights"] == "trained"
    weights = "trained here, seed 0" if trained else "the authors' released weights"
    examples = [str(position) for position in budget.get("examples", [])] or ["", ""]
    passes = budget.get("attention_passes", 0)
    seeds = settings.get("seeds", 0)
    networks = weights
    if trained:
        each = "1 seed" if seeds == 1 else f"up to {seeds} seeds"  # the sheet may give fewer
        networks = f"networks trained here, {each} each (mean and standard deviation over them)"
    kept = "those at which the validation loss had improved"
    if trained:
        kept = f"of seed 0; {kept}, or all by a recipe that keeps the last; the last is the final"
    else:
        kept += "; released by the authors: 0, 3, 8, 13 and 26, the final"
    return {
        "weights": weights,
        "model": "the primary model (range normalisation, fine-tuned aggregation, three gates;"
        f" {weights})",
        "passes": str(budget["passes"]),
        "over": f"{passes} TTA pass{'' if passes == 1 else 'es'} over the test set",
        "misclassify_passes": str(budget.get("misclassify_passes", "no")),
        "seeds": str(seeds),
        "pair": f"test sources {examples[0]} (FRI) and {examples[-1]} (FRII)",
        "sources": f"test source{'s' if len(examples) > 1 else ''} {', '.join(examples)}",
        "averaged": "the plain mean over the gates, each gate's map resized to 150 × 150 pixels",
        "raw": "Input: raw pixels 0..255, un-augmented.",
        "per_image": "Input: −1..1; every image goes through the network on its own.",
        "checkpoints": f"five of the kept epochs, evenly picked ({kept} model)",
        "evaluation": f"{budget['passes']} TTA passes over the test set ({_PAPER_PASSES[paper]}),"
        f" pooled; {networks}; batches as in training (published: 16) in file order",
    }
