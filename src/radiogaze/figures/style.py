"""The look that all figures share: sizes, colours, fonts."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources

import matplotlib as mpl
import matplotlib.style

_INCH = 25.4  # mm
COLUMN = 84 / _INCH  # width of one column of MNRAS, inches
PAGE = 174 / _INCH  # width of both columns

# Blue and orange of Okabe & Ito (2008): told apart by colour-blind readers, dark and light in grey.
FRI_COLOUR = "#0072B2"
FRII_COLOUR = "#E69F00"
MARK_COLOUR = "#56B4E9"  # lines over a Greys_r image

ATTENTION = "magma"
SKY = "Greys_r"


@contextmanager
def use() -> Iterator[None]:
    """Draw what is inside in the project's style; settings made before come back after it.

    Whatever style a user has set does not show: the project's is laid over matplotlib's defaults.
    """
    sheet = resources.files("radiogaze.figures").joinpath("style.mplstyle")
    with resources.as_file(sheet) as path, mpl.rc_context():
        mpl.style.use(["default", path])
        yield
