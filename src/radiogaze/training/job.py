"""What a training job is: a variant, a budget, seeds, and everything else that decides a result."""

from dataclasses import asdict, dataclass, field
from typing import Any

from radiogaze.campaigns.variants import Variant

PUBLISHED_VALIDATION_PASSES = 360
MAX_REDRAWS = 10
PRECISIONS = ("fp32", "tf32", "bf16")
# Columns of a sheet that say where a variant is shown, not what it is.
_BOOKKEEPING = ("released_folder", "released_epoch", "tables", "epochs", "passes")


@dataclass(frozen=True)
class Budget:
    """How long a training is (gating paper, Section 4.4; the published one is 100, 72, 360).

    Attributes
    ----------
    epochs
        Times the model is validated.
    passes
        Augmented passes over the training set in an epoch.
    validation_passes
        Augmented passes over the validation set after each epoch.
    """

    epochs: int
    passes: int
    validation_passes: int = PUBLISHED_VALIDATION_PASSES

    @classmethod
    def of(
        cls,
        variant: Variant,
        epochs: int | None = None,
        passes: int | None = None,
        validation_passes: int | None = None,
    ) -> "Budget":
        """Return the budget of a sheet's row, with what is given in place of the row's."""
        return cls(
            epochs=epochs or variant.epochs,
            passes=passes or variant.passes,
            validation_passes=validation_passes or PUBLISHED_VALIDATION_PASSES,
        )


@dataclass(frozen=True)
class Job:
    """One variant to be trained with one or more seeds.

    Attributes
    ----------
    variant
        A row of an experiment sheet.
    budget
        How long.
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
        How often a dead initialisation is drawn again; 0 trains it as it is.
    save_every
        Units of work (a training step or a validation pass) between two saved states.
    save_memory
        Recompute the blocks of an equivariant network in the backward pass; no result changes.
    extra
        Further settings that decide the result, e.g. digests of the data.
    """

    variant: Variant
    budget: Budget
    seeds: tuple[int, ...]
    split_seed: int | None = None
    device: str = "cpu"
    precision: str = "fp32"
    max_redraws: int = MAX_REDRAWS
    save_every: int = 200
    save_memory: bool = False
    extra: dict[str, str | int] = field(default_factory=dict)

    @property
    def effective_precision(self) -> str:
        """The precision that the device computes in."""
        return self.precision if self.device.startswith("cuda") else "fp32"

    def settings(self, seed: int) -> dict[str, Any]:
        """Return everything that decides the result of one seed, for its state and provenance."""
        row = asdict(self.variant)
        return {
            **{name: value for name, value in row.items() if name not in _BOOKKEEPING},
            **asdict(self.budget),
            "seed": seed,
            "split_seed": seed if self.split_seed is None else self.split_seed,
            "device": self.device.partition(":")[0],
            "precision": self.effective_precision,
            "max_redraws": self.max_redraws,
            **self.extra,
        }
