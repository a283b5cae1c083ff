"""Classify any number of sources, with the memory of one batch."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from radiogaze.classify.classifier import Classifier
from radiogaze.classify.flags import Flag
from radiogaze.classify.overlays import Overlays
from radiogaze.classify.radio_source import Failure, RadioSource, distinct
from radiogaze.classify.table import CALIBRATED, Row
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.confidence import Confidence

PREDICTED = ("p_fri", "p_frii", "spread_augmentation", "spread_seeds")
_BLANK: Row = {**dict.fromkeys(PREDICTED, np.nan), "class": ""}  # of a source without a cutout


def classify(
    stream: Iterable[RadioSource | Failure],
    classifier: Classifier,
    batch: int,
    failures: list[str],
    *,
    notice: Callable[[str], None],
    overlays: Overlays | None = None,
) -> Iterator[Row]:
    """Classify sources as they are read.

    Parameters
    ----------
    stream
        Sources and failures of `radiogaze.classify.images`.
    classifier
        The ensemble; one with a confidence adds the columns ``CALIBRATED``.
    batch
        Sources in memory at once; it does not change the result.
    failures
        Receives one line for every input without a row, or without an overlay.
    notice
        Called with one line on what was done to an image.
    overlays
        Draws every classified source.

    Yields
    ------
    Row
        One for each source, in the stream's order; a blank source has no class.
    """
    good = _good(stream, failures, notice)
    while sources := list(islice(good, batch)):
        for source, row in zip(sources, _rows(sources, classifier), strict=True):
            if overlays is not None:
                title = f"{row['name']}: {row['class']}, p(FRII) = {row['p_frii']:.3f}"
                try:
                    overlays.write(source, title)
                except RadiogazeError as error:
                    failures.append(f"{source.origin}: no overlay: {error}")
            yield row


def _good(
    stream: Iterable[RadioSource | Failure], failures: list[str], notice: Callable[[str], None]
) -> Iterator[RadioSource]:
    """Yield the sources; record the failures."""
    for item in distinct(stream):
        if isinstance(item, Failure):
            failures.append(item.reason)
            continue
        for line in item.notices:
            notice(line)
        yield item


def _predicted(
    classifier: Classifier, cutouts: list[NDArray[np.uint8]]
) -> Iterator[tuple[Row, list[Flag]]]:
    """Yield the predictions of each cutout, and the flag that follows from them."""
    found = classifier.predict(np.stack(cutouts))
    columns = {**{name: getattr(found, name) for name in PREDICTED}, "class": found.classes}
    unlike = np.zeros(len(cutouts), bool) if found.unlike is None else found.unlike
    for flagged, *row in zip(unlike, *columns.values(), strict=True):
        yield dict(zip(columns, row, strict=True)), [Flag.UNLIKE] * bool(flagged)


def _calibrate(row: Row, confidence: Confidence | None) -> Row:
    """Add what a calibration says of a source; of a blank one, nothing."""
    if confidence is None:
        return row
    p = np.array([row["p_frii"]])
    found = (np.nan, "") if np.isnan(p[0]) else (confidence.calibrated(p)[0], *confidence.sets(p))
    return {**row, **dict(zip(CALIBRATED, found, strict=True))}


def _rows(sources: list[RadioSource], classifier: Classifier) -> Iterator[Row]:
    """Classify one batch."""
    cutouts = [source.cutout for source in sources if source.cutout is not None]
    found = iter(_predicted(classifier, cutouts) if cutouts else ())
    for source in sources:
        row, unlike = (_BLANK, []) if source.cutout is None else next(found)
        yield {
            "name": source.name,
            "origin": source.origin,
            "ra_deg": source.position.ra_deg,
            "dec_deg": source.position.dec_deg,
            **_calibrate(row, classifier.confidence),
            "flags": ";".join(dict.fromkeys([*source.flags, *unlike])),
        }
