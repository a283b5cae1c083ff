"""Load networks: ours that the package holds, a released variant, or a path; several together."""

import os
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path

from radiogaze.campaigns.variants import Variant, load_sheet, restore_variant
from radiogaze.classify.classifier import PASSES, Classifier, Member
from radiogaze.classify.table import CALIBRATED
from radiogaze.data.fetch import DownloadSettings, fetch_weights
from radiogaze.data.manifest import find_weights
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.confidence import Averaging, Confidence, read_confidence
from radiogaze.evaluation.familiarity import Familiarity, read_familiarity
from radiogaze.files.packaged import packaged_table, packaged_weights
from radiogaze.models.device import choose_device
from radiogaze.models.load import load_variant, read_weights
from radiogaze.models.zoom import ZoomNetwork

DEFAULT = "zoom"  # held by the package
CALIBRATION = "calibration.json"  # in a folder of weights
FAMILIARITY = "familiarity.npz"  # there, of the folder's first network
SHEET = packaged_table("gating.tsv")
OWN = "model.safetensors"


def cache_folder() -> Path:
    """Return ``$RADIOGAZE_CACHE``, else ``radiogaze`` in the user's cache folder (XDG).

    Raises
    ------
    RadiogazeError
        If the user has no home folder.
    """
    named = os.environ.get("RADIOGAZE_CACHE")
    # the XDG specification: a relative path counts as unset
    xdg = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        if named:
            return Path(named).expanduser()
        return (xdg if xdg.is_absolute() else Path.home() / ".cache") / "radiogaze"
    except RuntimeError:
        raise RadiogazeError(
            "no folder for the cache: this user has no home; set RADIOGAZE_CACHE to a folder"
        ) from None


def load_classifier(
    names: Sequence[str],
    settings: DownloadSettings,
    warn: Callable[[str], None],
    *,
    passes: int | None = None,
    seed: int = 0,
    device: str = "auto",
    symmetries: bool = False,
    calibration: Path | None = None,
) -> Classifier:
    """Load an ensemble with what it needs to classify.

    Parameters
    ----------
    names, settings, warn
        See `load_members`; no name means ``zoom``, the networks that the package holds.
    passes, seed, device, symmetries
        See `Classifier`. Where neither is given, the average is that of the calibration, if one is
        used; else over `PASSES` passes.
    calibration
        By default the ``calibration.json`` of the folder, if one folder alone is named; it is left
        out, with a warning, where it was fitted to other scores. The folder's
        ``familiarity.npz`` is used where the average is over the symmetries, as it was fitted.

    Raises
    ------
    RadiogazeError
        If weights, calibration or familiarity cannot be found, fetched or read; if ``calibration``
        was fitted to other scores; or if both passes and symmetries are given.
    """
    names = names or [DEFAULT]
    beside = _path(names[0]) / CALIBRATION
    held = len(names) == 1 and beside.is_file()
    path = beside if calibration is None and held else calibration
    confidence = None if path is None else read_confidence(path)
    symmetries, passes = _averaged_over(symmetries, passes, confidence)
    members = load_members(names, settings, warn)
    if confidence and (problem := _misfit(confidence, members, symmetries, passes)):
        if calibration is not None:
            raise RadiogazeError(f"{path}: {problem}; --calibration has to be of the same scores")
        warn(f"{path}: {problem}; the columns {' and '.join(CALIBRATED)} are left out")
        confidence = None
    unlike = beside.with_name(FAMILIARITY)
    flagged = symmetries and len(names) == 1 and unlike.is_file()
    fitted = {"calibration": path} if confidence and path else {}
    return Classifier(
        members,
        passes,
        seed,
        choose_device(device),
        symmetries=symmetries,
        confidence=confidence,
        familiarity=_familiarity(unlike, members[0]) if flagged else None,
        fitted=fitted | ({"familiarity": unlike} if flagged else {}),
    )


def _averaged_over(
    symmetries: bool, passes: int | None, confidence: Confidence | None
) -> tuple[bool, int]:
    """Return whether over the symmetries, and how many passes: as asked, or as calibrated."""
    if symmetries and passes is not None:
        raise RadiogazeError(
            "passes and symmetries: expected one of them; the symmetries are eight fixed passes"
        )
    if symmetries:
        return True, 0
    if passes is None and confidence and confidence.averaging:
        return confidence.averaging.symmetries, confidence.averaging.passes
    return False, PASSES if passes is None else passes


def _misfit(
    confidence: Confidence, members: Sequence[Member], symmetries: bool, passes: int
) -> str | None:
    """Return what is wrong if a calibration was fitted to other scores than these networks give."""
    if confidence.averaging is None:
        return "does not say what it was fitted to; make it again with radiogaze calibrate"
    for member in members:
        found = Averaging(member.variant.variant, symmetries, passes)
        if found != confidence.averaging:
            return f"fitted to {confidence.averaging}, found {found}"
    return None


def _familiarity(path: Path, member: Member) -> Familiarity:
    """Read what tells unlike sources, and check that it can be of this network."""
    found = read_familiarity(path)
    network = member.network
    pooled = network.readout.in_features if isinstance(network, ZoomNetwork) else 0
    if len(found.mean) != pooled:
        raise RadiogazeError(
            f"{path}: found {len(found.mean)} features, expected the {pooled} of {member.file};"
            " make it again with radiogaze familiarity"
        )
    return found


def load_members(
    names: Sequence[str], settings: DownloadSettings, warn: Callable[[str], None]
) -> list[Member]:
    """Load the networks of an ensemble, which may consist of one.

    Parameters
    ----------
    names
        Each ``zoom``, a released variant of the sheet (``mirabest-range-ft-3g``), a
        ``.safetensors`` of our training, a released ``<folder>/<epoch>.pt``, or a folder that
        contains the ``model.safetensors`` of several seeds.
    settings
        The mirror; released weights are fetched once, verified, and kept in the cache.
    warn
        Called with one line for every URL that fails, and for each network that loses accuracy
        when images are classified one by one (docs/classify.md).

    Raises
    ------
    RadiogazeError
        If a name is none of these, or weights cannot be fetched or read.
    """
    files = [file for name in names for file in _files(name, settings, warn)]
    members = [Member(variant, file, load_variant(variant, file)) for variant, file in files]
    paths = [member.file.resolve() for member in members]
    for path in paths:
        if paths.count(path) > 1:
            raise RadiogazeError(f"{path}: given twice; an ensemble needs different weights")
    for row in (member.variant for member in members):
        # standardisation divides by the largest score of a batch
        if row.normalisation == "standardisation" and row.scope == "batch":
            warn(
                f"{row.variant}: standardisation depends on the other images of a batch, and this"
                " network was trained with several; one at a time it is often wrong"
                " (docs/classify.md)"
            )
    return members


def _files(
    name: str, settings: DownloadSettings, warn: Callable[[str], None]
) -> list[tuple[Variant, Path]]:
    """Turn a name into files of weights with their variants."""
    path = _path(name)
    if path.is_dir():
        found = sorted(path.glob(OWN)) + sorted(path.glob(f"*/{OWN}"))
        if not found:
            raise RadiogazeError(f"{path}: no {OWN} in this folder or those below it")
    elif path.suffix == ".safetensors":
        found = [path]
    elif path.suffix == ".pt":
        return [(_released_variant(path), path)]
    else:
        return [_fetched(name, settings, warn)]
    # the header of our own weights contains their variant's row
    return [(restore_variant(read_weights(file)[1]["variant"], file), file) for file in found]


def _path(name: str) -> Path:
    """Return where the weights of a name are, if it is a path or the package holds them."""
    if name == DEFAULT:
        return packaged_weights(name)
    try:
        return Path(name).expanduser()
    except RuntimeError:
        raise RadiogazeError(f"{name}: this user has no home folder; give the whole path") from None


def _released_variant(path: Path) -> Variant:
    """Return the row whose released weights a file is by its name; any epoch is accepted."""
    found = path.resolve()
    named = found.suffix == ".pt" and found.stem.isdecimal()
    for variant in load_sheet(SHEET).values():
        if named and variant.released_folder == found.parent.name:
            return variant
    raise RadiogazeError(
        f"{path}: not the name of released weights; expected <released folder>/<epoch>.pt of"
        f" {SHEET.name}"
    )


def _fetched(
    name: str, settings: DownloadSettings, warn: Callable[[str], None]
) -> tuple[Variant, Path]:
    """Fetch the released weights of a variant, unless they are in the cache."""
    released = {key: variant for key, variant in load_sheet(SHEET).items() if variant.released_file}
    if name not in released:
        near = get_close_matches(name, released, n=1, cutoff=0)
        raise RadiogazeError(
            f"{name}: neither a file or folder of weights, nor {DEFAULT}, nor a released variant;"
            f" the nearest of {len(released)} is {near[0]}"
        )
    pin = find_weights(packaged_table("weights.csv"), str(released[name].released_file))
    destination = cache_folder() / "weights" / pin.name
    fetch_weights(pin, destination, settings, warn)
    return released[name], destination
