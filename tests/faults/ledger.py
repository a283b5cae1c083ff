"""What the fault tests tried and what came of it, counted as they run and written at the end."""

import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from radiogaze.provenance.record import hardware

PROPERTY = "faults"
# The tests of bad input, by the names of their files.
BAD_INPUT = {
    "test_fuzz_": "readers and verbs, fuzzed with up to {examples} examples each",
    "test_hostile_": "hostile files, names and mirrors",
    "test_supply_chain": "calls that run data, open sockets, ask for secrets",
}


@dataclass
class Entry:
    """The faults of one kind.

    Attributes
    ----------
    family, fault
        Where and what, as the page says it.
    tried, recovered
        How many, and after how many of them all that must hold held.
    note
        What was seen.
    """

    family: str
    fault: str
    tried: int
    recovered: int
    note: str = ""


@pytest.fixture
def ledger(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Enter faults: ``ledger("Kills", "a training", tried=20, recovered=20)``."""

    def enter(family: str, fault: str, tried: int, recovered: int, note: str = "") -> None:
        record_property(PROPERTY, asdict(Entry(family, fault, tried, recovered, note)))

    return enter


class Writer:
    """Collects what the tests entered, on whichever process they ran, and writes the page."""

    def __init__(self, page: Path) -> None:
        self.page = page
        self.entries: list[Entry] = []
        self.failed: list[str] = []
        self.passed = 0
        self.bad_input = {kind: [0, 0] for kind in BAD_INPUT}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a finished test entered."""
        if report.failed:
            self.failed.append(report.nodeid)
        if report.when != "call":
            return
        self.passed += report.passed
        for kind, tried in self.bad_input.items():
            if kind in report.nodeid:
                tried[0] += 1
                tried[1] += report.passed
        self.entries += [
            Entry(**value) for name, value in report.user_properties if name == PROPERTY
        ]

    def pytest_sessionfinish(self) -> None:
        """Write the page."""
        lines = to_markdown(self.entries, self.passed, self.failed)
        if any(run for run, _ in self.bad_input.values()):
            lines += "\n" + bad_input_to_markdown(self.bad_input)
        self.page.write_text(lines, "utf-8")


def to_markdown(entries: list[Entry], passed: int, failed: list[str]) -> str:
    """Write the page: sums, a table a family, and where it ran."""
    tried = sum(entry.tried for entry in entries)
    recovered = sum(entry.recovered for entry in entries)
    lines = [
        "# Reliability",
        "",
        "<!-- Written by the tests of faults; do not edit. -->",
        "",
        "What was done to the pipeline, and what came of it. A fault counts as *recovered* if no"
        " wrong result was taken for a right one, the next run needed no manual step, and what it"
        " ended with equals, byte by byte, what an undisturbed run ends with. (The seconds that"
        " jobs took, in `timing.csv` and the report, and the sidecars that hold digests of these,"
        " differ between any two runs.)",
        "",
        f"**{tried} faults tried, {recovered} recovered, {tried - recovered} lost**;"
        f" {passed} tests passed, {len(failed)} failed. {hardware()}, Python"
        f" {platform.python_version()}.",
        "",
    ]
    # by name: tests that run side by side end in any order
    for family in sorted({entry.family for entry in entries}):
        rows = sorted((entry for entry in entries if entry.family == family), key=str)
        lines += [f"## {family}", "", "| fault | tried | recovered | lost | seen |"]
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


def bad_input_to_markdown(counts: dict[str, list[int]]) -> str:
    """Write what became of bad input: no traceback, no hang, no silent pass."""
    examples = settings().max_examples
    lines = ["## Bad input and hostile files", "", "| tests of | run | passed |", "|:--|--:|--:|"]
    lines += [
        f"| {BAD_INPUT[kind].format(examples=examples)} (`{kind}*`) | {run} | {passed} |"
        for kind, (run, passed) in counts.items()
    ]
    return "\n".join([*lines, "", "[security.md](security.md) says what is trusted.", ""])
