"""The same bytes whatever the machine is set to."""

import pytest
from trees import RESULTS, Tree

SETTINGS = {
    "one core": {"cores": "1"},
    "another order of jobs": {"order": True},
    "locale, time zone": {"LC_ALL": "C", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"},
    "umask 077": {"umask": 0o077},
    "a path with spaces and ünïcode": {"path": "a path, with 'spaces' and ünïcode"},
}


@pytest.mark.parametrize("names", [[name] for name in SETTINGS] + [list(SETTINGS)], ids="+".join)
def test_the_same_bytes(root, tmp_path, undisturbed, thorough, ledger, names):
    """As on two cores, in the order of the DAG, in a plain path."""
    if not thorough and len(names) == 1:
        pytest.skip("part of make test-faults")
    chosen = {key: value for name in names for key, value in SETTINGS[name].items()}
    tree = Tree(root, tmp_path / chosen.pop("path", "tree"))
    targets = tree.targets[::-1] if chosen.pop("order", False) else tree.targets
    tree.umask = chosen.pop("umask", -1)
    options = ["--cores", chosen.pop("cores", "2")]
    if targets != tree.targets:
        options += ["--prioritize", targets[0], "--"]
    assert tree.run(*options, *targets, **chosen) == 0, tree.log
    assert tree.digests() == undisturbed
    if tree.umask != -1:
        files = [path for name in RESULTS for path in (tree.folder / name).rglob("*")]
        assert not [path for path in files if path.stat().st_mode & tree.umask]
    ledger("Determinism", " and ".join(names), 1, 1)
