"""A file that something is made from, by what it is and not by where it lies."""

from collections.abc import Mapping
from typing import NamedTuple


class Need(NamedTuple):
    """A file that a figure or a table is made from.

    Attributes
    ----------
    option
        The option of the command line that takes it.
    name
        How the figure or table calls it; empty where the option takes a file without a name.
    kind
        What is in it, e.g. ``"examples"``.
    where
        What distinguishes it from the others of its kind: the wildcards of its path, such as
        ``campaign``, ``paper``, ``variant`` and ``run``.
    """

    option: str
    name: str
    kind: str
    where: Mapping[str, str]
