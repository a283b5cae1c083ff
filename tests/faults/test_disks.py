"""Disks that are full, or cannot be written."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from trees import Tree


def mount(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["mount", *map(str, arguments)], capture_output=True, text=True, check=False
    )


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A file system in memory of its own, of so many KiB."""
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    mounted = mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full(root, tmp_path, undisturbed, tries, ledger):
    """It stops, with the results whole that are there; with more room it goes on."""
    sizes = tries(short=[1000], thorough=[300, 2500])
    lines = set()
    for size in sizes:
        with small_disk(tmp_path / f"disk-{size}", size) as disk:
            tree = Tree(root, disk / "tree")
            # what Snakemake prints goes elsewhere, or its own log could not be written
            (tree.folder / "run.log").symlink_to(tmp_path / f"{size}.log")
            assert tree.start().wait(timeout=300) != 0, tree.log
            whole = tree.digests()
            assert all(undisturbed[name] == whole[name] for name in whole if name in undisturbed)
            lines |= {line for line in tree.log.splitlines() if "cannot be written" in line}
            assert mount("-o", "remount,size=1g", disk).returncode == 0
            assert tree.start().wait(timeout=300) == 0, tree.log
            assert tree.digests() == undisturbed
            assert not tree.leavings()
    ledger("Disks", "full", len(sizes), len(sizes), f"{', '.join(map(str, sizes))} KiB")


@pytest.mark.usefixtures("at_length")
@pytest.mark.parametrize("name", ["results", "figures"])
def test_read_only(tree, undisturbed, ledger, name):
    """It stops, and with the right to write it goes on."""
    with small_disk(tree.folder / name, 100_000) as disk:
        assert mount("-o", "remount,ro", disk).returncode == 0
        assert tree.run() != 0
        assert mount("-o", "remount,rw", disk).returncode == 0
        assert tree.run() == 0, tree.log
        assert tree.digests() == undisturbed
    ledger("Disks", f"`{name}/` read-only", 1, 1)
