"""Classify any number of sources, with the memory of one batch."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from radiogaze.classify.classifier import Classifier, Predictions
from radiogaze.classify.overlays import Overlays
from radiogaze.classify.radio_source import Failure, RadioSource
from radiogaze.classify.table import Row
from radiogaze.errors import RadiogazeError

Notice = Callable[[str], None]


@dataclass
class Tally:
    """Counts of what was classified, and the failures.

    Attributes
    ----------
    classified
        Sources that have a class.
    blank
        Sources that have a row and no class: nothing in them is brighter than the noise.
    failures
        One line for every input without a row, or without an overlay.
    """

    classified: int = 0
    blank: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every input has a class."""
        return not (self.blank or self.failures)


def classify(
    stream: Iterable[RadioSource | Failure],
    classifier: Classifier,
    batch: int,
    tally: Tally,
    *,
    notice: Notice,
    overlays: Overlays | None = None,
) -> Iterator[Row]:
    """Classify sources as they are read.

    Parameters
    ----------
    stream
        Sources and failures of `radiogaze.classify.images`.
    classifier
        The ensemble.
    batch
        Sources in memory at once; it does not change the result.
    tally
        Is updated.
    notice
        Called with one line about what was done to an image.
    overlays
        Draws every classified source.

    Yields
    ------
    Row
        One for each source, in the stream's order.
    """
    good = _good(stream, tally, notice)
    while sources := list(islice(good, batch)):
        yield from _rows(sources, classifier, tally, overlays)


def _good(
    stream: Iterable[RadioSource | Failure], tally: Tally, notice: Notice
) -> Iterator[RadioSource]:
    """Yield the sources; record the failures."""
    for item in stream:
        if isinstance(item, Failure):
            tally.failures.append(item.reason)
            continue
        for line in item.notices:
            notice(line)
        yield item


def _rows(
    sources: list[RadioSource], classifier: Classifier, tally: Tally, overlays: Overlays | None
) -> list[Row]:
    """Classify one batch; a blank source gets a row without a class."""
    cutouts = [source.cutout for source in sources if source.cutout is not None]
    found = classifier.predict(np.stack(cutouts)) if cutouts else None
    rows, index = [], 0
    for source in sources:
        if source.cutout is None or found is None:
            tally.blank += 1
            rows.append(_row(source, None, 0))
            continue
        rows.append(_row(source, found, index))
        index += 1
        tally.classified += 1
        if overlays is not None:
            _overlay(overlays, source, rows[-1], tally)
    return rows


def _overlay(overlays: Overlays, source: RadioSource, row: Row, tally: Tally) -> None:
    """Draw a source; without a picture it keeps its row."""
    title = f"{source.name}: {row.fr_class}, p(FRII) = {row.p_frii:.3f}"
    try:
        overlays.write(source, title)
    except RadiogazeError as error:
        tally.failures.append(f"{source.origin}: no overlay: {error}")


def _row(source: RadioSource, found: Predictions | None, index: int) -> Row:
    """Return the row of a source; ``index`` is that of its predictions."""
    position = source.position
    numbers = [np.nan] * 4
    if found is not None:
        columns = (found.p_fri, found.p_frii, found.spread_augmentation, found.spread_seeds)
        numbers = [float(values[index]) for values in columns]
    return Row(
        name=source.name,
        origin=source.origin,
        ra_deg=np.nan if position is None else position.ra_deg,
        dec_deg=np.nan if position is None else position.dec_deg,
        p_fri=numbers[0],
        p_frii=numbers[1],
        fr_class="" if found is None else str(found.classes[index]),
        spread_augmentation=numbers[2],
        spread_seeds=numbers[3],
        flags=";".join(dict.fromkeys(source.flags)),
    )
