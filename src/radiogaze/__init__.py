"""Where does a classifier look in a radio galaxy: the library of the reproduction.

The library behind the radiogaze workflow: data, attention-gated networks, evaluation and
tables of Bowles et al. 2021 (MNRAS 501, 4579). It knows nothing of Snakemake.

`radiogaze.load` gives a trained network; see `radiogaze.classify.api`.
"""

import importlib
from importlib.metadata import version
from typing import Any

__version__ = version("radiogaze")


def __getattr__(name: str) -> Any:
    """Import `load` when it is first used, so that ``import radiogaze`` stays light.

    By name, not by an import statement: otherwise the code of the interface would count as code
    that every step of the workflow uses (radiogaze.provenance.code_digest), and a change rerun
    them all.
    """
    if name == "load":
        return importlib.import_module("radiogaze.classify.api").load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List `load` too, for completion."""
    return [*globals(), "load"]
