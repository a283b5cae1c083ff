"""What GitHub runs for every change: commands that exist, on versions of Python that we allow."""

import re
import tomllib

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from processes import call


@pytest.fixture
def jobs(root):
    """The jobs of every workflow."""
    files = sorted((root / ".github/workflows").glob("*"))
    return {
        f"{file.name}: {name}": job
        for file in files
        for name, job in yaml.safe_load(file.read_text())["jobs"].items()
    }


def commands(jobs):
    """The script of each step."""
    return [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]


def test_every_script_is_valid_and_its_make_targets_exist(root, jobs):
    assert len(commands(jobs)) >= 4
    for script in commands(jobs):
        syntax = call("bash", "-n", "-c", script)
        assert (syntax.returncode, syntax.stderr) == (0, ""), script
        for target in re.findall(r"\bmake (\S+)", script):
            # 1: there is something to do; 0 would be a folder of this name, 2 no target
            assert call("make", "--question", target, cwd=root).returncode == 1, target


def test_the_versions_of_python_are_those_that_the_package_allows(root, jobs):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    tested = jobs["ci.yml: test"]["strategy"]["matrix"]["python"]
    assert all(isinstance(version, str) for version in tested), "3.10 is not 3.1"
    assert project["requires-python"] == f">={tested[0]}"
    assert all(version in SpecifierSet(project["requires-python"]) for version in tested)
    settings = [step.get("with", {}) for job in jobs.values() for step in job["steps"]]
    chosen = [setting["python-version"] for setting in settings if "python-version" in setting]
    assert len(chosen) == len(jobs)
    assert set(chosen) <= {*tested, "${{ matrix.python }}"}


def test_actions_are_pinned_to_a_major_version_and_may_only_read(root, jobs):
    for job in jobs.values():
        used = [step["uses"] for step in job["steps"] if "uses" in step]
        assert used
        assert [name for name in used if not re.fullmatch(r"actions/[a-z-]+@v\d+", name)] == []
        assert job["timeout-minutes"] <= 120
    for file in (root / ".github/workflows").glob("*"):
        assert yaml.safe_load(file.read_text())["permissions"] == {"contents": "read"}


def test_issue_forms_have_what_github_requires(root):
    forms = sorted((root / ".github/ISSUE_TEMPLATE").glob("*.yml"))
    assert forms
    for file in forms:
        form = yaml.safe_load(file.read_text())
        assert {"name", "description", "body"} <= form.keys()
        assert all(part["attributes"]["label"] for part in form["body"])
        ids = [part["id"] for part in form["body"]]
        assert len(ids) == len(set(ids))
