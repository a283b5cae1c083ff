"""What a training job is: a variant, a budget, seeds, and everything else that decides a result."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radiogaze.campaigns.recipes import Recipe, check_recipe
from radiogaze.campaigns.variants import BOOKKEEPING, OTHER_LISTS, Variant
from radiogaze.errors import RadiogazeError
from radiogaze.files.reading import reading
from radiogaze.provenance.record import sha256_of

MAX_REDRAWS = 10


@dataclass(frozen=True)
class Job:
    """One variant to be trained with one or more seeds.

    Attributes
    ----------
    variant
        A row of an experiment sheet.
    recipe
        How it learns, and how long.
    seeds
        Each gives a model of its own, the same whatever the other seeds are.
    split_seed
        Of the split into training and validation; None for each seed its own split.
    device
        A torch device.
    precision
        ``fp32``, ``tf32`` or ``bf16`` for the training steps on a GPU; validation is fp32.
        A CPU computes in fp32 whatever it says.
    max_redraws
        How often a network whose gradient vanishes at the start is initialised again; 0 trains it
        as it is.
    folds
        Of the cross-validation, each a test set in place of the archive's; with one seed.
    save_every
        Seconds between two saved states.
    save_memory
        Recompute the blocks of an equivariant network in the backward pass; no result changes.
    start
        The folder of the trained variant that the variant's row starts from.
    extra
        Further settings that decide the result, e.g. digests of the data.

    Raises
    ------
    RadiogazeError
        If there are folds and several seeds; the recipe selects by validation and no source
        validates; the row starts from a variant and ``start`` is None, or the reverse; there are
        folds, whose test sources the start was trained on or the unlabelled data set may have; or
        only one of row and recipe has unlabelled sources.
    """

    variant: Variant
    recipe: Recipe
    seeds: tuple[int, ...]
    split_seed: int | None = None
    device: str = "cpu"
    precision: str = "fp32"
    max_redraws: int = MAX_REDRAWS
    save_every: float = 60
    save_memory: bool = False
    folds: tuple[int, ...] = ()
    start: Path | None = None
    extra: dict[str, str | int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse seeds, a recipe or a start that do not fit."""
        if self.folds and len(self.seeds) > 1:
            raise RadiogazeError(
                f"--fold {self.folds[0]}: expected one --seed, found {len(self.seeds)}"
            )
        if (self.variant.start is None) != (self.start is None):
            expected = f"the folder of {self.variant.start}" if self.variant.start else "none"
            raise RadiogazeError(
                f"{self.variant.variant}: --start is {self.start or 'none'}, expected {expected},"
                " which the column start of the sheet names"
            )
        if self.folds and self.start is not None:
            raise RadiogazeError(
                f"{self.variant.variant}: starts from {self.variant.start}, which was trained on"
                f" sources that --fold {self.folds[0]} tests on; train it without folds"
            )
        if self.folds and self.variant.unlabelled in OTHER_LISTS:
            raise RadiogazeError(
                f"{self.variant.variant}: unlabelled is {self.variant.unlabelled}, which may have"
                f" sources that --fold {self.folds[0]} tests on; train it without folds"
            )
        check_recipe(self.variant, self.recipe, self.variant.variant)

    @property
    def effective_precision(self) -> str:
        """The precision that the device computes in."""
        return self.precision if self.device.startswith("cuda") else "fp32"

    @property
    def trainings(self) -> list[tuple[int, int | None]]:
        """Seed and fold of every network; a seed of the archive's test set has no fold."""
        if self.folds:
            return [(self.seeds[0], fold) for fold in self.folds]
        return [(seed, None) for seed in self.seeds]

    def start_of(self, seed: int) -> Path | None:
        """Return the weights that a seed starts from; None for initial ones."""
        return self.start and self.start / f"seed-{seed}" / "model.safetensors"

    def settings(self, seed: int, fold: int | None = None) -> dict[str, Any]:
        """Return everything that decides the result of one seed, for its state and provenance."""
        row, start = self.variant.cells, self.start_of(seed)
        if self.variant.zooms == 1:  # as before the column was there: states and results go on
            del row["zooms"]
        return {
            **{name: value for name, value in row.items() if name not in BOOKKEEPING},
            **{f"recipe.{name}": value for name, value in self.recipe.deciding.items()},
            "seed": seed,
            "split_seed": seed if self.split_seed is None else self.split_seed,
            "device": self.device.partition(":")[0],
            "precision": self.effective_precision,
            "max_redraws": self.max_redraws,
            "fold": fold,
            **({} if start is None else {"start_weights": _digest(start)}),
            **self.extra,
        }


def _digest(weights: Path) -> str:
    with reading(weights, "weights to start from", "train"):
        return sha256_of(weights)
