"""Every environment has the versions of constraints.txt."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml


def names(lines):
    """The packages of a list of requirements, without versions, as PyPI normalises them."""
    listed = [line for line in lines if line and not line.startswith(("#", "-"))]
    return {line.partition("==")[0].strip().lower().replace("_", "-") for line in listed}


@pytest.fixture
def lock(root):
    lines = (root / "constraints.txt").read_text().splitlines()
    found = dict(line.split("==") for line in lines)
    return {name.lower().replace("_", "-"): version for name, version in found.items()}


def test_every_package_asked_for_is_pinned(root, lock):
    files = sorted(root.glob("requirements*.txt"))
    assert len(files) == 5
    for file in files:
        assert names(file.read_text().splitlines()) <= lock.keys(), file.name
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert names(project["dependencies"]) <= lock.keys()
    assert lock["torch"] == "2.13.0"
    # a local version, as of a wheel for one CUDA, is on no public index
    assert not [version for version in lock.values() if "+" in version]


def test_the_conda_environment_is_requirements_txt_under_the_lock(root, lock):
    file = root / "envs/radiogaze.yaml"
    *_, pip = yaml.safe_load(file.read_text())["dependencies"]
    options = dict(line.split() for line in pip["pip"] if line.startswith("-"))
    # conda runs pip in the folder of the file
    assert (file.parent / options["-c"]).resolve() == root / "constraints.txt"
    assert (file.parent / options["-e"]).resolve() == root
    packages = {line for line in pip["pip"] if not line.startswith("-")}
    required = (root / "requirements.txt").read_text().splitlines()
    assert packages == {line for line in required if line[0].isalpha()}
    assert f"torch=={lock['torch']}" in packages


@pytest.mark.parametrize("recipe", ["Dockerfile", "apptainer.def"])
def test_a_container_recipe_installs_from_the_lock_what_it_copies(root, recipe):
    text = (root / "envs/container" / recipe).read_text()
    sources = copied(text)
    assert {"src", "constraints.txt", "requirements.txt"} <= sources
    for source in sources:
        assert (root / source).exists(), source
    for link in (root / "src/radiogaze/reference").iterdir():
        target = link.resolve().relative_to(root)
        assert any(Path(source) in target.parents for source in sources), target
    (install,) = re.findall(r"pip install (.+)", text)
    assert "-c constraints.txt -r requirements.txt" in install
    assert set(re.findall(r"-r (\S+)", install)) <= sources
    (version,) = re.findall(r"python:([\d.]+)-slim$", text, re.MULTILINE)
    assert f"python={version}" in (root / "envs/radiogaze.yaml").read_text()


def test_docker_reads_no_more_than_it_copies(root):
    recipe = root / "envs/container/Dockerfile"
    let_through = re.findall(r"^!(\S+)$", Path(f"{recipe}.dockerignore").read_text(), re.MULTILINE)
    assert set(let_through) == copied(recipe.read_text())


def copied(text):
    """What a recipe copies, of either kind."""
    found = re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE)
    found += re.findall(r"^    (\S+) /opt/radiogaze/\S+$", text, re.MULTILINE)
    return set(" ".join(found).split())
