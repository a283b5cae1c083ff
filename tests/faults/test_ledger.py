"""The page of the fault tests must be able to show a loss."""

from dataclasses import asdict

from ledger import Entry, Ledger, to_markdown


def test_the_page_shows_a_fault_that_was_not_recovered():
    counts = Ledger()
    for _ in range(2):
        counts.tried("Kills", "after half of a write", note="of two bytes")
    counts.recovered()
    counts.tried("Kills", "in a write that is not atomic")  # and then its test fails
    entries = [Entry(**asdict(entry)) for entry in counts.entries.values()]
    page = to_markdown(entries, 0, ["test_writes.py::test_writes"])
    assert "**3 faults tried, 2 recovered, 1 lost**; 0 tests passed, 1 failed." in page
    assert "| after half of a write | 2 | 2 | 0 | of two bytes |" in page
    assert "| in a write that is not atomic | 1 | 0 | 1 |  |" in page
    assert "- `test_writes.py::test_writes`" in page
