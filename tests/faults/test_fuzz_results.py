"""Whatever sheets, reference values, weights and saved states hold: as meant, or refused."""

import dataclasses
import functools
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from formats import Format, files_of, fuzz, to_bytes
from strategies import changed_bytes, changed_values

from radiogaze.campaigns.variants import Variant, find_variant, load_sheet
from radiogaze.classify.weights import load_members
from radiogaze.data.manifest import load_datasets, load_images, load_weights
from radiogaze.figures.equivariant.published_curves import load_published_minima
from radiogaze.models.load import load_variant, read_weights, save_weights
from radiogaze.models.registry import build
from radiogaze.models.released import read_state_dict
from radiogaze.report.claims import load_claims
from radiogaze.tables.gating.misclassified import read_printed
from radiogaze.tables.reference import load_reference
from radiogaze.training.state import StateFolder

ROOT = Path(__file__).resolve().parents[2]

# sheets and reference values


def can_be_trained(variant: Variant) -> bool:
    return (
        (variant.width_divisor == "group" or 1e-3 <= float(variant.width_divisor) < 1e3)
        and all(table.isdecimal() and int(table) for table in variant.tables)
        and variant.variant.isprintable()
    )


def are_variants(found: dict[str, Variant]) -> bool:
    return all(can_be_trained(variant) for variant in found.values())


def are_printable(found: Any) -> bool:
    """Of rows, alone or by name."""
    rows = found.values() if isinstance(found, dict) else found
    cells = [row if isinstance(row, dict) else vars(row) for row in rows]
    values = [value for row in cells for value in row.values()]
    return all(value.isprintable() for value in values if isinstance(value, str))


def read_values(path: Path) -> Any:
    return load_reference(path, "gating").values


def beginning(name: str) -> bytes:
    lines = (ROOT / "workflow/reference" / name).read_bytes().splitlines(keepends=True)
    return b"".join(lines[:8])


TABLES = {
    "datasets.csv": load_datasets,
    "weights.csv": load_weights,
    "first_images.csv": load_images,
    "paper_values.csv": read_values,
    "table10.csv": read_printed,
    "claims.csv": load_claims,
    "equivariant_curves.csv": load_published_minima,
}
SHEETS = {f"{name}.tsv": ROOT / f"experiments/{name}.tsv" for name in ("gating", "equivariant")}
OF_TABLES = [
    *(Format(name, path.read_bytes(), load_sheet, are_variants) for name, path in SHEETS.items()),
    *(Format(name, beginning(name), read, are_printable) for name, read in TABLES.items()),
]

# weights and saved states

TENSORS = {"a": torch.zeros(2, 3), "b": torch.ones(1)}
VARIANT = find_variant(SHEETS["gating.tsv"], "mirabest-range-ft-3g")
ROW = json.loads(json.dumps(dataclasses.asdict(VARIANT)))


def released(zipped: bool) -> bytes:
    save = functools.partial(torch.save, _use_new_zipfile_serialization=zipped)
    return to_bytes(functools.partial(save, TENSORS))


def own(tensors: dict, description: Any) -> bytes:
    (whole,) = files_of(lambda path: save_weights(path, tensors, description), "m").values()
    return whole


def described(value: Any) -> bytes:
    """A network with another description."""
    try:
        return own(NETWORK.state_dict(), value)
    except (TypeError, ValueError):  # no JSON
        return b""


def are_tensors(found: Any) -> bool:
    return all(isinstance(tensor, torch.Tensor) for tensor in found.values())


def load_network(path: Path) -> torch.nn.Module:
    load_variant(VARIANT, path)
    (member,) = load_members([str(path)], None, pytest.fail)
    return member.network


def classifies(network: torch.nn.Module) -> bool:
    return not network.training and network(torch.zeros(1, 1, 150, 150)).shape == (1, 2)


def save_state(path: Path) -> None:
    StateFolder(path.parent, {"seed": 0}).save(TENSORS, {"epoch": 1, "checkpoints": {}})


def load_state(path: Path) -> Any:
    """Load a state of which one file is changed."""
    for name in set(STATE) - {path.name}:
        path.with_name(name).write_bytes(STATE[name])
    return StateFolder(path.parent, {"seed": 0}).load(lambda _: None)


STATE = files_of(save_state, "state")
NETWORK = build(VARIANT)
OF_WEIGHTS = [
    Format("zip.pt", released(True), read_state_dict, are_tensors),
    Format("legacy.pt", released(False), read_state_dict, are_tensors),
    Format(
        "tensors.safetensors",
        own(TENSORS, {"variant": {"a": 1}}),
        read_weights,
        lambda found: are_tensors(found[0]) and isinstance(found[1]["variant"], dict),
    ),
    Format(
        "model.safetensors",
        described({"variant": ROW}),
        load_network,
        classifies,
        changed_values({"variant": ROW}).map(described),
    ),
    *(
        Format(name, whole, load_state, lambda found: found[1]["epoch"] == 1, changed_bytes(whole))
        for name, whole in STATE.items()
    ),
]


@pytest.mark.parametrize("form", [*OF_TABLES, *OF_WEIGHTS], ids=lambda form: form.name)
def test_a_file_is_read_or_refused(form, tmp_path):
    fuzz(form, tmp_path)
