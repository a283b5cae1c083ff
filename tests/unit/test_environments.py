"""The pins agree wherever they stand."""

import re
import tomllib

import yaml


def pins(text: str) -> dict[str, str]:
    found = re.findall(r"^\s*-?\s*([A-Za-z0-9_.-]+)==(\S+)", text, re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in found}


def test_the_conda_environment_has_the_locks_pins(root):
    lock = pins((root / "constraints.txt").read_text())
    environment = yaml.safe_load((root / "envs/cpu.yaml").read_text())
    listed = pins("\n".join(environment["dependencies"][-1]["pip"]))
    assert listed.items() <= lock.items()
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert set(project["dependencies"]) <= set(listed)


def test_everything_asked_for_is_pinned_without_a_build(root):
    lock = pins((root / "constraints.txt").read_text())
    for file in ("requirements.txt", "requirements-dev.txt"):
        for line in (root / file).read_text().splitlines():
            name = line.partition("==")[0].strip().lower().replace("_", "-")
            if name and not name.startswith(("#", "-")):
                assert name in lock, f"{file}: {name}"
    assert lock["torch"] == "2.13.0"
    assert not [version for version in lock.values() if "+" in version]
