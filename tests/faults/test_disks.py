"""Disks that are full or read-only."""

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


def test_full(root, tmp_path, reference, tries, ledger):
    """It stops, and all results that are there are whole; with more room the next run goes on."""
    for size in tries(short=[1000], thorough=[300, 2500]):
        with small_disk(tmp_path / f"disk-{size}", size) as disk:
            tree = Tree(root, disk / "tree")
            # on another disk, or Snakemake's own output could not be written
            (tree.folder / "run.log").symlink_to(tmp_path / f"{size}.log")
            ledger.tried("Disks", f"full at {size} KiB")
            assert tree.start().wait(timeout=300) != 0, tree.log
            tree.check_whole(reference)
            assert mount("-o", "remount,size=1g", disk).returncode == 0
            tree.unlock()
            tree.check(reference)
            ledger.recovered()


@pytest.mark.usefixtures("at_length")
@pytest.mark.parametrize("name", ["results", "figures"])
def test_read_only(tree, reference, ledger, name):
    """It stops, and with the right to write the next run goes on."""
    with small_disk(tree.folder / name, 100_000) as disk:
        ledger.tried("Disks", f"`{name}/` read-only")
        assert mount("-o", "remount,ro", disk).returncode == 0
        assert tree.run() != 0
        assert mount("-o", "remount,rw", disk).returncode == 0
        tree.check(reference)
        ledger.recovered()
