"""The same bytes whatever the settings of the machine."""

from pathlib import Path

from trees import FEW, RESULTS, Tree

SETTINGS = "one core, another order of jobs, locale, time zone, umask 077, a path like a sentence"


def run_elsewhere(
    root: Path, folder: Path, targets: tuple[str, ...] = FEW, small: bool = True
) -> Tree:
    """Run a campaign with all of ``SETTINGS`` and return its tree."""
    tree = Tree(root, folder / "a path, with 'spaces' and ünïcode", targets, small)
    tree.umask = 0o077
    options = ["--cores", "1", "--prioritize", targets[-1], "--", *targets[::-1]]
    environment = {"LC_ALL": "C", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"}
    assert tree.run(*options, **environment) == 0, tree.log
    files = [path for name in RESULTS for path in (tree.folder / name).rglob("*")]
    assert not [path for path in files if path.stat().st_mode & tree.umask]
    return tree


def test_the_same_bytes(root, tmp_path, reference, ledger):
    """As with two cores, jobs in the order of the DAG, a plain path."""
    ledger.tried("Determinism", SETTINGS)
    assert run_elsewhere(root, tmp_path).digests() == reference
    ledger.recovered()
