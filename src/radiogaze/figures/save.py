"""Figures on disk: PDF and PNG with the same bytes for the same arrays."""

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from radiogaze.files.atomic import atomic_path
from radiogaze.provenance.record import to_json

DPI = 300


def add_banner(figure: Figure, text: str) -> None:
    """Write a warning, such as that the sky is synthetic, across the top of the figure."""
    if text:
        figure.suptitle(text, fontsize="small", color="#d55e00", fontweight="bold")


def save_figure(figure: Figure, pdf: Path, png: Path, title: str, about: dict[str, Any]) -> None:
    """Write a figure as PDF and PNG, each whole or not at all, without any date.

    Parameters
    ----------
    figure
        Closed by nobody here.
    pdf, png
        Where to.
    title, about
        Stored in the files' metadata: what is shown, and its provenance as JSON.

    Raises
    ------
    RadiogazeError
        If a file cannot be written.
    """
    provenance = to_json(about).strip()
    with atomic_path(pdf) as path:
        metadata = {"Title": title, "Subject": provenance, "CreationDate": None}
        figure.savefig(path, format="pdf", dpi=DPI, metadata=metadata)
    with atomic_path(png) as path:
        figure.savefig(
            path, format="png", dpi=DPI, metadata={"Title": title, "Description": provenance}
        )
