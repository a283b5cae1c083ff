"""The papers by the names of their folders."""

from typing import NamedTuple


class Paper(NamedTuple):
    """How a paper is cited.

    Attributes
    ----------
    short
        For headings.
    citation
        Authors, title, where.
    url
        Its DOI or arXiv page.
    """

    short: str
    citation: str
    url: str


PAPERS = {
    "gating": Paper(
        "Attention gating",
        "Bowles et al. 2021, Attention-gating for improved radio galaxy classification,"
        " MNRAS 501, 4579",
        "https://doi.org/10.1093/mnras/staa3946",
    ),
    "equivariant": Paper(
        "Equivariant attention",
        "Bowles et al. 2021, E(2) Equivariant Self-Attention for Radio Astronomy, Fourth Workshop"
        " on Machine Learning and the Physical Sciences (NeurIPS 2021)",
        "https://arxiv.org/abs/2111.04742",
    ),
}
