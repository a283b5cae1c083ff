"""Recipes: how a network learns, apart from what it is and what it looks at."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from radiogaze.campaigns.variants import Variant
from radiogaze.errors import RadiogazeError
from radiogaze.files.schema import load_schema, validate
from radiogaze.files.settings import read_yaml
from radiogaze.terms import NONE_VALIDATES

IVON = "ivon"  # the optimiser that learns a posterior


@dataclass(frozen=True)
class Posterior:
    """What a network learns of each weight besides its mean: its standard deviation.

    Attributes
    ----------
    prior, prior_scale
        ``gaussian`` or ``laplace``, around zero, and its scale.
    temperature
        That the divergence to the prior is multiplied by; 1 is Bayes' rule.
    initial_sd
        The standard deviation that every weight begins with.
    """

    prior: str
    prior_scale: float
    temperature: float
    initial_sd: float


@dataclass(frozen=True)
class Recipe:
    """One entry of ``experiments/recipes.yaml``; its schema explains every key.

    Attributes
    ----------
    label_smoothing
        By confidence: ``certain`` and ``uncertain``.
    patience, weight_average, gradient_clip, fixmatch, posterior
        None where the file says ``none``, or has no such key.
    """

    name: str
    loss_input: str
    label_smoothing: dict[str, float]
    optimiser: str
    learning_rate: float
    weight_decay: float
    schedule: str
    warm_up: float
    batch: int
    passes: int
    epochs: int
    patience: int | None
    validation_passes: int
    selection: str
    weight_average: float | None
    calibration_batches: int
    dropout: float
    augmentation: str
    gradient_clip: float | None = field(default=None, repr=False)
    fixmatch: dict[str, float] | None = field(default=None, repr=False)
    posterior: Posterior | None = field(default=None, repr=False)

    @property
    def deciding(self) -> dict[str, Any]:
        """Everything but keys at their default, which a later version of the file may have."""
        defaults = {field.name: field.default for field in fields(self)}
        return {key: value for key, value in asdict(self).items() if value != defaults[key]}


def load_recipes(path: Path) -> dict[str, Recipe]:
    """Read and check a file of recipes.

    Parameters
    ----------
    path
        YAML, e.g. ``experiments/recipes.yaml``.

    Returns
    -------
    dict
        The recipes by name.

    Raises
    ------
    RadiogazeError
        If the file is missing or no YAML, or an entry stands twice, lacks a key or has a value
        that is not allowed: one line naming file, recipe, key and the allowed values.
    """
    entries = read_yaml(path)
    if not isinstance(entries, dict) or not entries:
        raise RadiogazeError(f"{path}: expected recipes by name, found none")
    return {str(name): _recipe(str(name), entry, path) for name, entry in entries.items()}


def _recipe(name: str, entry: Any, path: Path) -> Recipe:
    validate(entry, load_schema("recipes"), f"{path}: {name}")
    cells: dict[str, Any] = {
        key: None if value == "none" else value for key, value in entry.items()
    }
    if "posterior" in cells:
        cells["posterior"] = Posterior(**cells["posterior"])
    recipe = Recipe(name=name, **cells)
    if problem := _posterior_problem(recipe):
        raise RadiogazeError(f"{path}: {name}: {problem}")
    return recipe


def _posterior_problem(recipe: Recipe) -> str | None:
    """Say which keys do not go together."""
    if recipe.posterior is None:
        missing = recipe.optimiser == IVON
        return f"optimiser is {IVON}, which needs the key posterior" if missing else None
    if recipe.weight_decay:
        return (
            f"weight_decay is {recipe.weight_decay}, expected 0 with a posterior, whose prior takes"
            " its place"
        )
    if recipe.optimiser == IVON and recipe.posterior.prior != "gaussian":
        return f"posterior.prior is {recipe.posterior.prior}, expected gaussian for {IVON}"
    if recipe.posterior.initial_sd >= recipe.posterior.prior_scale:
        return (
            f"posterior.initial_sd is {recipe.posterior.initial_sd}, expected less than prior_scale"
        )
    return None


def find_recipe(recipes: Mapping[str, Recipe], name: str, path: Path) -> Recipe:
    """Return one recipe of those that a file has.

    Raises
    ------
    RadiogazeError
        If there is none of this name.
    """
    if name not in recipes:
        raise RadiogazeError(f"{path}: no recipe {name}; it has: {', '.join(recipes)}")
    return recipes[name]


def check_recipe(row: Variant, recipe: Recipe, where: str) -> None:
    """Refuse a recipe that a row cannot learn by.

    Parameters
    ----------
    row, recipe
        A row of an experiment sheet, and the recipe that it is to learn by.
    where
        What the error begins with.

    Raises
    ------
    RadiogazeError
        If only one of the two has unlabelled sources, or the recipe selects by validation and no
        source validates.
    """
    if (row.unlabelled is None) != (recipe.fixmatch is None):
        raise RadiogazeError(
            f"{where}: unlabelled is {row.unlabelled or 'none'}, but fixmatch of its recipe"
            f" {recipe.name} is {recipe.fixmatch or 'none'}; expected both or none"
        )
    if row.split == NONE_VALIDATES and recipe.selection != "last":
        raise RadiogazeError(
            f"{where}: split {row.split} leaves no source to validate, and recipe {recipe.name}"
            " selects by validation; choose one whose selection is last"
        )
