"""A variant's network with trained weights, wherever they come from."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from radiogaze.campaigns.variants import BOOKKEEPING, Variant
from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import atomic_path
from radiogaze.files.broken_bytes import one_line
from radiogaze.files.reading import reading
from radiogaze.models.posterior import LOG_SD, attach_posterior
from radiogaze.models.registry import build
from radiogaze.models.released import load_released, parse_folder

# One key: the order of several in a safetensors header is random, and equal weights shall give
# equal files.
_KEY = "radiogaze"
# Columns of the sheet: where a network is shown and how it learnt. The others say what it is.
_LEARNING = (*BOOKKEEPING, "augmentation", "split", "labels", "start", "unlabelled")
_IDENTITY = tuple(field.name for field in fields(Variant) if field.name not in _LEARNING)


def load_variant(variant: Variant, weights: Path) -> nn.Module:
    """Load weights of a variant into its network.

    Parameters
    ----------
    variant
        A row of an experiment sheet.
    weights
        A ``.safetensors`` file of our own training, or a released ``.../<folder>/<epoch>.pt``.

    Returns
    -------
    Module
        In evaluation mode, on the CPU; with the means as weights if the file has a posterior.

    Raises
    ------
    RadiogazeError
        If the weights are not those of the variant, or cannot be read.
    """
    if weights.suffix == ".safetensors":
        return _load_own(variant, weights)
    if weights.suffix != ".pt":
        raise RadiogazeError(
            f"{weights}: expected weights: model.safetensors of radiogaze train, or a released"
            " <folder>/<epoch>.pt"
        )
    for column, found in parse_folder(weights.resolve().parent.name).columns.items():
        if found != getattr(variant, column):
            raise RadiogazeError(
                f"{weights}: released with {column} {found}, but variant {variant.variant} has"
                f" {getattr(variant, column)}"
            )
    return load_released(weights, scope=variant.scope or "batch")


def save_weights(path: Path, weights: Mapping[str, Tensor], description: dict[str, Any]) -> None:
    """Write weights as safetensors, whole or not at all; equal weights give equal bytes.

    Parameters
    ----------
    path
        The file.
    weights
        A network's state, on the CPU.
    description
        JSON values; ``variant`` is the row of the sheet (:func:`dataclasses.asdict`). They stand
        as one JSON text under ``radiogaze`` in the file's metadata.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    text = json.dumps(description, ensure_ascii=False, allow_nan=False)
    with atomic_path(path) as temporary:
        save_file(dict(weights), temporary, metadata={_KEY: text})


def read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the tensors and the description that :func:`save_weights` wrote.

    Raises
    ------
    RadiogazeError
        If the file is missing, broken, or not one of ours.
    """
    with (
        reading(path, "weights", "train", SafetensorError),
        safe_open(path, framework="pt") as file,
    ):
        description = json.loads((file.metadata() or {})[_KEY])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if not isinstance(description["variant"], dict):
            raise TypeError("no row of a sheet")
        return tensors, description


def start_from(model: nn.Module, variant: Variant, path: Path) -> None:
    """Load the trained weights of another variant of the same network.

    Parameters
    ----------
    model
        The network of ``variant``.
    variant
        The row that starts from them.
    path
        A ``.safetensors`` file of our own training, on any data set.

    Raises
    ------
    RadiogazeError
        If the file is missing or broken, or of another network.
    """
    _load_into(model, variant, path, [c for c in _IDENTITY if c not in ("variant", "dataset")])


def _load_own(variant: Variant, path: Path) -> nn.Module:
    model = build(variant)
    _load_into(model, variant, path, _IDENTITY, spread=True)
    return model.eval()


def _load_into(
    model: nn.Module, variant: Variant, path: Path, columns: Iterable[str], *, spread: bool = False
) -> None:
    """Load weights whose row is the variant's in these columns, with or without their spread."""
    tensors, description = read_weights(path)
    expected = asdict(variant)
    defaults = {field.name: field.default for field in fields(Variant)}
    for column in columns:
        # Weights from before a column was there are those of its default.
        found = description["variant"].get(column, defaults.get(column))
        if found != expected[column]:
            asked = "was asked for" if column == "variant" else f"has {expected[column]}"
            raise RadiogazeError(
                f"{path}: trained with {column} {found}, but variant {variant.variant} {asked}"
            )
    log_sd = {n.removesuffix(LOG_SD): t for n, t in tensors.items() if n.endswith(LOG_SD)}
    try:
        if spread:
            attach_posterior(model, log_sd)
        else:
            tensors = {name: t for name, t in tensors.items() if not name.endswith(LOG_SD)}
        model.load_state_dict(tensors)
    except (AttributeError, KeyError, RuntimeError) as error:
        raise RadiogazeError(f"{path}: does not fit {variant.variant}: {one_line(error)}") from None
