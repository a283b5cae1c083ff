"""Types of the options that several verbs have."""

from pathlib import Path

import click

from radiogaze.terms import ORDERS

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
POSITIVE = click.IntRange(min=1)
SEED = click.IntRange(0, 2**64 - 1)
ORDER = click.Choice(ORDERS)
