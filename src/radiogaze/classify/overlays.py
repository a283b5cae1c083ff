"""Pictures of a source with its attention maps, their mean and Grad-CAM, in sky coordinates."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from astropy.wcs import WCS
from astropy.wcs.utils import wcs_to_celestial_frame
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from radiogaze import __version__
from radiogaze.attention.examples import maps_and_logits
from radiogaze.attention.extract import attention_network, check_finite, scale
from radiogaze.attention.gradcam import grad_cam
from radiogaze.attention.resize import to_cutout
from radiogaze.classify.classifier import Member
from radiogaze.classify.radio_source import RadioSource, file_name, with_digest
from radiogaze.errors import RadiogazeError, printable
from radiogaze.figures import panels, style
from radiogaze.figures.save import DPI
from radiogaze.files.atomic import atomic_path, disk_faults
from radiogaze.terms import CLASSES, CUTOUT_PIXELS

COLUMNS = 4
PANEL = 1.9  # inches
_MARK = "radiogaze "  # by which a picture of ours is recognised, among the first of its bytes
_HEAD = 1000
_EXTENT = (-0.5, CUTOUT_PIXELS - 0.5, -0.5, CUTOUT_PIXELS - 0.5)  # pixels of the cutout


def check_replaceable(path: Path) -> None:
    """Check that a picture would not replace one that somebody else made.

    Raises
    ------
    RadiogazeError
        If the file exists and is no picture of `Overlays`.
    """
    if not path.is_file():
        return
    with disk_faults(path), path.open("rb") as file:
        ours = f"Software\0{_MARK}".encode() in file.read(_HEAD)
    if not ours:
        raise RadiogazeError(
            f"{path}: exists, and is no picture that radiogaze classify drew: it is not replaced;"
            " give another folder after --overlays"
        )


class Overlays:
    """Writes one PNG for each source.

    Parameters
    ----------
    member
        The network; it must have attention gates.
    folder
        Where the pictures are written, as ``<name>.png``.
    device
        A torch device.

    Raises
    ------
    RadiogazeError
        If the network has no gates.
    """

    def __init__(self, member: Member, folder: Path, device: str) -> None:
        self._network = attention_network(member.network, member.variant.variant, device)
        self.folder, self._device = folder, device
        self._used: dict[str, str] = {}  # file name -> source name

    def write(self, source: RadioSource, title: str) -> None:
        """Draw a source; one without a cutout has no picture.

        Raises
        ------
        RadiogazeError
            If a map is not finite, or the picture cannot be written or would replace another's.
        """
        if source.cutout is None:
            return
        called = file_name(source.name)
        if self._used.setdefault(called, source.name) != source.name:
            called = with_digest(called, source.name)
        path = self.folder / f"{called}.png"
        check_replaceable(path)
        maps = self._maps(source.cutout, source.name)
        with style.use(), atomic_path(path) as temporary:
            _draw(source, maps, title).savefig(
                temporary,
                format="png",
                dpi=DPI // 2,
                metadata={"Software": f"{_MARK}{__version__}"},
            )

    def _maps(self, cutout: NDArray[np.uint8], name: str) -> dict[str, NDArray[Any]]:
        """Return the maps [150, 150] by title: each gate's, their mean, Grad-CAM."""
        inputs = scale(torch.from_numpy(cutout[None]).to(self._device))
        gates, _ = maps_and_logits(self._network, inputs)
        check_finite(gates, name)
        cams = grad_cam(self._network.model, inputs)[0]
        over_cutout = [to_cutout(gate, self._network.model.view, "plain")[0] for gate in gates]
        named = {f"gate {n}": gate for n, gate in enumerate(over_cutout, start=1)}
        named["mean of the gates"] = torch.stack(over_cutout).mean(0)
        named |= {f"Grad-CAM {c}": cam for c, cam in zip(CLASSES, cams, strict=True)}
        return {title: values.detach().cpu().numpy() for title, values in named.items()}


def _draw(source: RadioSource, maps: dict[str, NDArray[Any]], title: str) -> Figure:
    """Draw the source and its maps."""
    rows = -(-(len(maps) + 1) // COLUMNS)
    figure = Figure(figsize=(COLUMNS * PANEL + 0.6, rows * PANEL + 0.7), layout="constrained")
    figure.suptitle(printable(title), fontsize="small", parse_math=False)
    wcs = source.position.wcs
    for number, (name, values) in enumerate({"source": source.cutout, **maps}.items()):
        ax = figure.add_subplot(rows, COLUMNS, number + 1, projection=wcs)
        _panel(ax, values, name, wcs)
        _axes(ax, wcs, first=number == 0)
    return figure


def _panel(ax: Axes, values: Any, name: str, wcs: WCS | None) -> None:
    """Draw one map; without coordinates the first row of pixels is at the top."""
    ax.set_title(name, fontsize="x-small")
    if np.ptp(values) == 0:
        ax.text(0.5, 0.5, "constant", transform=ax.transAxes, ha="center", fontsize="x-small")
    colours = style.SKY if name == "source" else style.ATTENTION
    side = panels.HALF
    extent = (-side, side, -side, side) if wcs is None else _EXTENT
    ax.imshow(
        values,
        cmap=colours,
        extent=extent,
        origin="upper" if wcs is None else "lower",
        interpolation="none",
    )


def _axis_names(wcs: WCS) -> dict[int, str]:
    """Return the name of each axis of the sky: a cutout that was not resampled has its image's."""
    names = ("Galactic longitude", "Galactic latitude")
    if wcs.wcs.lngtyp != "GLON":
        frame = wcs_to_celestial_frame(wcs)
        old = f" (B{frame.equinox.byear:g})" if frame.name.startswith("fk4") else ""
        names = (f"RA{old}", f"Dec{old}")
    return dict(zip((wcs.wcs.lng, wcs.wcs.lat), names, strict=True))


def _axes(ax: Any, wcs: WCS | None, *, first: bool) -> None:
    """Label the first panel's axes; the others have the same."""
    if wcs is None:
        ax.set(xticks=[], yticks=[])
        if first:
            panels.arcsec(ax)
        return
    for number, name in _axis_names(wcs).items():
        coordinate = ax.coords[number]
        coordinate.set_ticks(number=3)
        coordinate.set_ticklabel(size="x-small", exclude_overlapping=True)
        coordinate.set_axislabel(name if first else "", fontsize="x-small")
        coordinate.set_ticklabel_visible(first)
