import shutil
from pathlib import Path

import pytest

import radiogaze
from radiogaze.cli import VERBS
from radiogaze.provenance.code_digest import code_digest


@pytest.fixture
def digests(tmp_path):
    """Ask for a verb's digest in a copy of the sources: ``digests(verb, file, old, new)``."""
    copies = iter(range(100))

    def digest(verb: str, file: str = "", old: str = "", new: str = "") -> str:
        root = tmp_path / str(next(copies))
        shutil.copytree(Path(radiogaze.__file__).parent, root)
        if file:
            text = (root / file).read_text("utf-8")
            assert old in text
            (root / file).write_text(text.replace(old, new), "utf-8")
        return code_digest(verb, root=root)

    return digest


def test_a_constant_counts(digests):
    edit = ("augmentation/transform.py", "MAX_SHIFT = 2", "MAX_SHIFT = 3")
    assert digests("evaluate", *edit) != digests("evaluate")
    assert digests("tabulate", *edit) == digests("tabulate")


def test_comments_layout_and_docstrings_do_not(digests):
    plain = digests("evaluate")
    edits = [
        ("MAX_SHIFT = 2", "# pixels\n\n\nMAX_SHIFT = 2"),
        ("MAX_SHIFT = 2", "MAX_SHIFT  =  2"),
        ("Draw the transform of each image", "Draw each image's transform"),
    ]
    for old, new in edits:
        assert digests("evaluate", "augmentation/transform.py", old, new) == plain


def test_modules_imported_inside_functions_count(digests):
    edit = ("evaluation/metrics.py", "RESAMPLES = 2000", "RESAMPLES = 2001")
    assert digests("evaluate", *edit) != digests("evaluate")


def test_a_new_verb_reruns_no_other(digests):
    edit = ("cli/__init__.py", "VERBS = {", 'VERBS = {\n    "new": ("new", "A further verb."),')
    assert digests("evaluate", *edit) == digests("evaluate")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_digest_of_its_own(verb):
    assert len({code_digest(other) for other in VERBS}) == len(VERBS)
    assert len(code_digest(verb)) == 16
