"""radiogaze built as sdist and wheel, and the wheel used where there is no checkout."""

import csv
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

NEEDED = ("pyproject.toml", "README.md", "LICENSE", "src", "experiments", "workflow/reference")
NEEDED += ("docs/model-card.md",)
SDIST = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
PREDICT = """
import json, sys, radiogaze
found = radiogaze.load(*WEIGHTS, device="cpu").predict(sys.argv[1:])
print(json.dumps({"file": radiogaze.__file__, "p_frii": found.p_frii.tolist()}))
"""


def run(*line, cwd, **environment):
    """Run a command outside the checkout, whose package must not be found by PYTHONPATH."""
    outside = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        list(map(str, line)),
        cwd=cwd,
        env={**outside, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(root, tmp_path_factory):
    """An sdist and a wheel, built from a copy of what a clone contains."""
    folder = tmp_path_factory.mktemp("built")
    tree = folder / "tree"
    for name in NEEDED:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        if (root / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(root / name, tree / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy(root / name, tree / name)
    run(sys.executable, "-c", SDIST, folder, cwd=tree)
    build = ("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder)
    run(sys.executable, "-m", "pip", "wheel", *build, ".", cwd=tree)
    return folder


@pytest.fixture(scope="module")
def environment(built, tmp_path_factory):
    """A fresh environment with the wheel, and the libraries of this one but not its radiogaze."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = folder / "bin/python"
    (wheel,) = built.glob("*.whl")
    install = ("--python", python, "install", "--no-deps", "--no-index", wheel)
    run(sys.executable, "-m", "pip", *install, cwd=folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    libraries = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    # Python reads no .pth files in folders that a .pth file names: an editable install stays hidden
    (packages / "libraries.pth").write_text("\n".join(libraries) + "\n")
    return folder


def test_the_tables_are_in_sdist_and_wheel_and_once_in_the_checkout(root, built):
    folder = root / "src/radiogaze/reference"
    (sdist,), (wheel,) = built.glob("*.tar.gz"), built.glob("*.whl")
    with tarfile.open(sdist) as source, zipfile.ZipFile(wheel) as binary:
        top = sdist.name.removesuffix(".tar.gz")
        files = {path for path in folder.parent.rglob("*.*") if "__pycache__" not in path.parts}
        packed = {root / "src" / name for name in binary.namelist()}
        assert {path for path in files if path.is_file()} <= packed, "schemas and templates too"
        for name in ("gating.tsv", "datasets.csv", "weights.csv", "first_images.csv"):
            link = folder / name
            assert link.is_symlink()
            assert root in link.resolve().parents
            content = link.read_bytes()
            assert binary.read(f"radiogaze/reference/{name}") == content
            member = source.getmember(f"{top}/src/radiogaze/reference/{name}")
            assert member.isfile()
            assert source.extractfile(member).read() == content


def test_ci_uses_the_wheel_by_commands_that_work(root, environment, tmp_path):
    steps = yaml.safe_load((root / ".github/workflows/ci.yml").read_text())["jobs"]["wheel"][
        "steps"
    ]
    (tmp_path / "environment").symlink_to(environment)
    run("bash", "-e", "-c", steps[-1]["run"], cwd=tmp_path)
    assert json.loads((tmp_path / "architecture.json").read_bytes())
    assert (tmp_path / "images.npz").stat().st_size


@pytest.mark.parametrize("weights", [[], ["mirabest-range-ft-3g"]])
def test_the_wheel_classifies_without_a_checkout(environment, fixtures, mirror, tmp_path, weights):
    """By default with the networks in it: nothing is fetched, the cache does not even appear."""
    files = sorted((fixtures / "fits").glob("*.fits"))
    offline = {"RADIOGAZE_MIRROR": str(mirror), "RADIOGAZE_CACHE": str(tmp_path / "cache")}
    empty = tmp_path / "empty"
    empty.mkdir()
    out = tmp_path / "predictions.csv"
    program = environment / "bin/radiogaze"
    chosen = [f"--weights={name}" for name in weights]
    run(program, "classify", *files, *chosen, "--out", out, "--device=cpu", cwd=empty, **offline)
    python = environment / "bin/python"
    found = json.loads(
        run(python, "-c", f"WEIGHTS = {weights}{PREDICT}", *files, cwd=empty, **offline)
    )
    assert environment in Path(found["file"]).parents
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [file.stem for file in files]
    assert [float(row["p_frii"]) for row in rows] == pytest.approx(found["p_frii"], rel=1e-5)
    assert not list(empty.iterdir())
    assert (tmp_path / "cache").exists() == bool(weights)
    assert all(("conformal_set" in row) == (not weights) for row in rows)
