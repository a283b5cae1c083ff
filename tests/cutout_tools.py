"""Test sources with the catalogue that a data set has."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from radiogaze.data.store import COLUMNS, Cutouts


def cutouts_of(
    images: np.ndarray, labels: Sequence[int], confidence: str | Sequence[str] = "certain"
) -> Cutouts:
    """Test sources with labels of MiraBest: FRI from 0, FRII from 5, hybrids from 8."""
    count = len(labels)
    table = pd.DataFrame(
        {
            **dict.fromkeys(COLUMNS, [""] * count),
            "index": range(count),
            "source_name": [f"source{number}" for number in range(count)],
            **dict.fromkeys(("ra_deg", "dec_deg", "redshift", "extent_arcsec"), 1.0),
            "label": labels,
            "class": ["FRI" if n < 5 else "FRII" if n < 8 else "hybrid" for n in labels],
            "confidence": confidence,
            "morphology": "standard",
            "split": "test",
            "batch": "test_batch",
            "position": range(count),
        }
    )
    return Cutouts(images, table)
