"""Where does a classifier look in a radio galaxy: the library of the reproduction.

The library behind the radiogaze workflow: data, attention-gated networks, evaluation and
tables of Bowles et al. 2021 (MNRAS 501, 4579). It knows nothing of Snakemake.
"""

from importlib.metadata import version

__version__ = version("radiogaze")
