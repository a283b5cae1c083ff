import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.font_manager import findfont

from radiogaze.figures import style


def luminance(colour: str) -> float:
    """How light a colour prints in grey (Rec. 709)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def test_a_users_own_style_comes_back_even_after_an_error():
    with mpl.rc_context({"lines.linewidth": 7.0, "image.cmap": "gray"}):
        with pytest.raises(KeyError), style.use():
            assert mpl.rcParams["lines.linewidth"] != 7.0
            assert mpl.rcParams["image.cmap"] == style.ATTENTION
            raise KeyError
        assert mpl.rcParams["lines.linewidth"] == 7.0
        assert mpl.rcParams["image.cmap"] == "gray"


def test_the_font_comes_with_matplotlib():
    with style.use():
        family = mpl.rcParams["font.family"][0]
    assert mpl.get_data_path() in findfont(family, fallback_to_default=False)


def test_the_classes_differ_in_grey_and_to_the_colour_blind():
    fri, frii = (luminance(c) for c in (style.FRI_COLOUR, style.FRII_COLOUR))
    assert frii - fri > 0.2
    # blue against yellow is the axis that red-green blindness leaves
    assert to_rgb(style.FRI_COLOUR)[2] - to_rgb(style.FRII_COLOUR)[2] > 0.5
