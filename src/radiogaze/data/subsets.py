"""The data sets of the experiment sheets: which labels of an archive are FRI and which FRII."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FRI, FRII, NOT_SCORED = 0, 1, -1


@dataclass(frozen=True)
class Subset:
    """A choice of labels of one archive.

    A label in neither tuple is not scored, but its cutouts still pass through the network: with
    batch-wide normalisation they change the predictions of the others.
    """

    archive: str
    fri: tuple[int, ...]
    frii: tuple[int, ...]

    def binary_labels(self, labels: Sequence[int] | NDArray[np.integer]) -> NDArray[np.int64]:
        """Translate an archive's labels.

        Parameters
        ----------
        labels
            The archive's labels, shape [N].

        Returns
        -------
        ndarray of int64, shape [N]
            0 for FRI, 1 for FRII, -1 for a cutout that is not scored.
        """
        given = np.asarray(labels)
        binary = np.full(given.shape, NOT_SCORED, dtype=np.int64)
        binary[np.isin(given, self.fri)] = FRI
        binary[np.isin(given, self.frii)] = FRII
        return binary


_MIRABEST, _FRDEEP = {"fri": (0, 1, 2, 3, 4), "frii": (5, 6, 7)}, {"fri": (0,), "frii": (1,)}
# Bowles et al. 2021 (gating), Section 4.1 and Table 4: MiraBest without hybrids, its certain
# sources only (MiraBest*), and FR-DEEP. The labels are explained in radiogaze.data.catalogue.
# The last two, to train on before MiraBest, are made by `radiogaze disjoin` and `synthesise`.
SUBSETS = {
    "mirabest": Subset("mirabest", **_MIRABEST),
    "mirabest-certain": Subset("mirabest", fri=(0, 1, 2), frii=(5, 6)),
    "frdeep": Subset("frdeep", **_FRDEEP),
    "frdeep-disjoint": Subset("frdeep-disjoint", **_FRDEEP),
    "synthetic": Subset("synthetic", **_MIRABEST),
}
