"""Counts what the fault tests tried and what was recovered, and writes the page of both."""

import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from radiogaze.provenance.record import hardware

PROPERTY = "faults"
# The tests of bad input, by the names of their files: each test counts as one fault.
BAD_INPUT = {
    "test_fuzz_": "a reader or command, fuzzed with up to {examples} examples",
    "test_hostile_": "a hostile mirror",
}


@dataclass
class Entry:
    """The faults of one kind: how many were injected, and after how many the checks passed."""

    family: str
    fault: str
    tried: int = 0
    recovered: int = 0
    note: str = ""


class Ledger:
    """Counts faults: first that they are tried, and that they are recovered once it was checked.

    A test that fails in between leaves them lost.
    """

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], Entry] = {}

    def tried(self, family: str, fault: str, count: int = 1, note: str = "") -> None:
        """Count faults that are injected now."""
        entry = self.entries.setdefault((family, fault), Entry(family, fault))
        entry.tried += count
        entry.note = note or entry.note

    def recovered(self) -> None:
        """Count all faults so far as recovered; call it after the checks."""
        for entry in self.entries.values():
            entry.recovered = entry.tried


@pytest.fixture
def ledger(record_property: Callable[[str, object], None]) -> Iterator[Ledger]:
    """A test's own counts, on the page whether the test passes or fails."""
    counts = Ledger()
    yield counts
    for entry in counts.entries.values():
        record_property(PROPERTY, asdict(entry))


class Writer:
    """Collects the counts of all tests, from whichever process they ran in, and writes the page."""

    def __init__(self, page: Path) -> None:
        self.page = page
        self.entries: list[Entry] = []
        self.failed: list[str] = []
        self.passed = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the counts of a test, which are complete once its fixtures are torn down."""
        if report.failed:
            self.failed.append(report.nodeid)
        if report.when == "call":
            self.passed += report.passed
            for kind, fault in BAD_INPUT.items():
                if kind in report.nodeid:
                    self._count(fault.format(examples=settings().max_examples), report.passed)
        elif report.when == "teardown":
            self.entries += [
                Entry(**value) for name, value in report.user_properties if name == PROPERTY
            ]

    def _count(self, fault: str, passed: bool) -> None:
        rows = [entry for entry in self.entries if entry.fault == fault]
        row = rows[0] if rows else Entry("Bad input", fault)
        row.tried += 1
        row.recovered += passed
        if not rows:
            self.entries.append(row)

    def pytest_sessionfinish(self) -> None:
        """Write the page."""
        self.page.write_text(to_markdown(self.entries, self.passed, self.failed), "utf-8")


def to_markdown(entries: list[Entry], passed: int, failed: list[str]) -> str:
    """Write the page: sums, a table for each family, and the machine."""
    tried = sum(entry.tried for entry in entries)
    recovered = sum(entry.recovered for entry in entries)
    lines = [
        "# Reliability",
        "",
        "<!-- Written by the fault tests; do not edit. -->",
        "",
        "The fault tests inject faults into runs of the pipeline and count them. A fault is counted"
        " as *tried* when it is injected. It is counted as *recovered* only after these checks: no"
        " wrong result was taken for a right one, `snakemake --unlock` and another run were all"
        " that it took to go on, and the results are equal, byte by byte, to those of a reference"
        " run without faults. All other faults are *lost*. (The times in `timing.csv` and in the"
        " report, and the sidecars with digests of these files, differ between any two runs and"
        " are not compared.) Bad input counts as recovered if it was refused in one line, soon, and"
        " nothing in it was run. [security.md](security.md) lists what is trusted.",
        "",
        f"**{tried} faults tried, {recovered} recovered, {tried - recovered} lost**;"
        f" {passed} tests passed, {len(failed)} failed. {hardware()}, Python"
        f" {platform.python_version()}.",
        "",
    ]
    # by name: tests that run side by side end in any order
    for family in sorted({entry.family for entry in entries}):
        rows = sorted((entry for entry in entries if entry.family == family), key=str)
        lines += [f"## {family}", "", "| fault | tried | recovered | lost | note |"]
        lines += ["|:--|--:|--:|--:|:--|"]
        lines += [
            f"| {row.fault} | {row.tried} | {row.recovered} | {row.tried - row.recovered} |"
            f" {row.note} |"
            for row in rows
        ]
        lines.append("")
    if failed:
        lines += ["## Failed tests", "", *(f"- `{name}`" for name in failed), ""]
    return "\n".join(lines)
