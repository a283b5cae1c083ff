"""What the tables of controls of both papers share."""

from collections.abc import Iterable

from radiogaze.campaigns.variants import Variant
from radiogaze.tables.columns import Column

# Columns of the sheet by which a control differs from what it is a control of, and how it reads.
_CHANGES = {
    "normalisation": "{} attention",
    "width_divisor": "width / {}",
    "kernel": "kernel {}",
    "size": "{} px",
    "scope": "minimum and maximum of each {}",
    "pooling": "{} pooling",
    "head": "{} head",
    "dataset": "{}",
    "architecture": "{}",
    "augmentation": "{}",
    "recipe": "recipe {}",
}


def name_changes(control: Variant, original: Variant) -> str:
    """Name a control by what it changes, or as the sheet does if that cannot be seen in it."""
    changes = [
        text.format(getattr(control, column))
        for column, text in _CHANGES.items()
        if getattr(control, column) not in (None, getattr(original, column))
    ]
    return ", ".join(changes) or control.variant


def sorted_by_block(columns: Iterable[Column]) -> list[Column]:
    """Put the columns of one block together, the blocks in order of appearance."""
    blocks: dict[str, list[Column]] = {}
    for column in columns:
        blocks.setdefault(column.block, []).append(column)
    return [column for block in blocks.values() for column in block]
