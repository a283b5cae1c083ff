"""Where does a classifier look in a radio galaxy: the library of the reproduction.

The library behind the radiogaze workflow: data, networks, training, evaluation, figures and
tables of two papers, Bowles et al. 2021. It knows nothing of Snakemake.

`radiogaze.load` gives a trained network; see `radiogaze.classify.api`.
"""

from importlib.metadata import version
from typing import Any

__version__ = version("radiogaze")


def __getattr__(name: str) -> Any:
    """Import `load` when it is first used, so that ``import radiogaze`` stays light."""
    if name == "load":
        from radiogaze.classify.api import load  # noqa: PLC0415

        return load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List `load` too, for completion."""
    return [*globals(), "load"]
