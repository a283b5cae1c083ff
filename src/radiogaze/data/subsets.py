"""The data sets of the experiment sheets: which sources of an archive are scored, and as what."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiogaze.terms import CLASSES, CONFIDENCES

FRI, FRII, NOT_SCORED = 0, 1, -1


@dataclass(frozen=True)
class Subset:
    """The sources of an archive that are FRI or FRII: all, or the certainly classified ones.

    A source that is not scored, such as a hybrid, still passes through the network: with
    batch-wide normalisation it changes the predictions of the others.
    """

    archive: str
    certain: bool = False

    def binary_labels(self, catalogue: pd.DataFrame) -> NDArray[np.int64]:
        """Return 0 (FRI), 1 (FRII) or -1 (not scored) of each source, [N].

        Parameters
        ----------
        catalogue
            N rows with ``class`` and ``confidence``.
        """
        numbers = dict(zip(CLASSES, (FRI, FRII), strict=True))
        binary = catalogue["class"].map(numbers).fillna(NOT_SCORED).to_numpy(np.int64)
        left_out = self.certain & (catalogue["confidence"] != CONFIDENCES[0]).to_numpy()
        return np.where(left_out, NOT_SCORED, binary)


# Bowles et al. 2021 (gating), Section 4.1 and Table 4: MiraBest without hybrids, its certain
# sources only (MiraBest*), and FR-DEEP. The last two, to train on before MiraBest, are made by
# `radiogaze disjoin` and `synthesise`.
SUBSETS = {
    "mirabest": Subset("mirabest"),
    "mirabest-certain": Subset("mirabest", certain=True),
    "frdeep": Subset("frdeep"),
    "frdeep-disjoint": Subset("frdeep-disjoint"),
    "synthetic": Subset("synthetic"),
}
