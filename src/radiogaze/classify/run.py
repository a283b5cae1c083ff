"""Classify a stream of sources: as many as there are, in the memory of one batch."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from radiogaze.classify.classifier import Classifier, Predictions
from radiogaze.classify.images.source import Failure, Source
from radiogaze.classify.overlays import Overlays
from radiogaze.classify.table import Row
from radiogaze.errors import RadiogazeError

Say = Callable[[str], None]


@dataclass
class Tally:
    """What became of the inputs.

    Attributes
    ----------
    classified
        How many sources have a class.
    blank
        How many have a row and no class: nothing in them is brighter than the noise.
    failures
        One line for every input that gave no row, or no overlay.
    """

    classified: int = 0
    blank: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every input has a class."""
        return not (self.blank or self.failures)


def classify(
    stream: Iterable[Source | Failure],
    classifier: Classifier,
    batch: int,
    tally: Tally,
    *,
    notice: Say,
    overlays: Overlays | None = None,
) -> Iterator[Row]:
    """Classify sources as they come.

    Parameters
    ----------
    stream
        Sources and failures of `radiogaze.classify.images`.
    classifier
        The ensemble.
    batch
        Sources in flight; bounds the memory, not the result.
    tally
        Counts what became of the inputs.
    notice
        Called with one line about what was done to an image.
    overlays
        Draws every classified source.

    Yields
    ------
    Row
        One a source, in the stream's order.
    """
    good = _good(stream, tally, notice)
    while sources := list(islice(good, batch)):
        yield from _rows(sources, classifier, tally, overlays)


def _good(stream: Iterable[Source | Failure], tally: Tally, notice: Say) -> Iterator[Source]:
    """Pass the sources on and note the rest."""
    for item in stream:
        if isinstance(item, Failure):
            tally.failures.append(item.reason)
            continue
        for line in item.notices:
            notice(line)
        yield item


def _rows(
    sources: list[Source], classifier: Classifier, tally: Tally, overlays: Overlays | None
) -> list[Row]:
    """Classify one batch; what is blank keeps its place."""
    cutouts = [source.cutout for source in sources if source.cutout is not None]
    found = classifier.predict(np.stack(cutouts)) if cutouts else None
    rows, place = [], 0
    for source in sources:
        if source.cutout is None or found is None:
            tally.blank += 1
            rows.append(_row(source, None, 0))
            continue
        rows.append(_row(source, found, place))
        place += 1
        tally.classified += 1
        if overlays is not None:
            _overlay(overlays, source, rows[-1], tally)
    return rows


def _overlay(overlays: Overlays, source: Source, row: Row, tally: Tally) -> None:
    """Draw a source; a map that cannot be drawn costs nothing but its picture."""
    title = f"{source.name}: {row.fr_class}, p(FRII) = {row.p_frii:.3f}"
    try:
        overlays.write(source, title)
    except RadiogazeError as error:
        tally.failures.append(f"{source.origin}: no overlay: {error}")


def _row(source: Source, found: Predictions | None, place: int) -> Row:
    """Put what is known of a source into one row."""
    where = source.place
    numbers = [np.nan] * 4
    if found is not None:
        columns = (found.p_fri, found.p_frii, found.spread_augmentation, found.spread_seeds)
        numbers = [float(values[place]) for values in columns]
    return Row(
        name=source.name,
        origin=source.origin,
        ra_deg=np.nan if where is None else where.ra_deg,
        dec_deg=np.nan if where is None else where.dec_deg,
        p_fri=numbers[0],
        p_frii=numbers[1],
        fr_class="" if found is None else str(found.classes[place]),
        spread_augmentation=numbers[2],
        spread_seeds=numbers[3],
        flags=";".join(dict.fromkeys(source.flags)),
    )
