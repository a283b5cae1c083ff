"""What the settings of a campaign alone decide: its runs, its folds and its cutouts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from radiogaze.terms import FOLDS


@dataclass(frozen=True)
class Plan:
    """A campaign, or one paper of it.

    Attributes
    ----------
    campaign
        The campaign's name.
    settings
        What ``config.yaml`` sets for it.
    """

    campaign: str
    settings: Mapping[str, Any]

    @property
    def trained(self) -> bool:
        """Whether the weights are trained here; otherwise they are the released ones."""
        return bool(self.settings["weights"] == "trained")

    @property
    def synthetic(self) -> bool:
        """Whether the sky is synthetic: labelled so, and compared with no paper."""
        drawn = str(self.settings.get("dataset")).startswith("synthetic-")
        return drawn or bool(self.settings["sky"] == "synthetic")

    @property
    def runs(self) -> list[str]:
        """The trained networks of a variant, the one that figures are drawn from first."""
        if self.trained:
            return [f"seed-{seed}" for seed in range(self.settings["seeds"])]
        return ["released"]

    @property
    def folds(self) -> list[str]:
        """The trained networks of the cross-validations over MiraBest, if there are to be any."""
        repeats = int(self.settings.get("cross_validation", 0)) if self.trained else 0
        return [f"fold-{fold}" for fold in range(FOLDS * repeats)]

    def dataset(self, archive: str) -> str:
        """Name the cutouts in place of an archive's: your own, published or synthetic ones."""
        if archive == "synthetic":  # to train on before the campaign's own
            return f"synthetic-{self.campaign}-mirabest"
        default = f"synthetic-{self.campaign}-{archive}" if self.synthetic else archive
        return str(self.settings.get("dataset", default))
