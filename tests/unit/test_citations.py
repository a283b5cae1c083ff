"""What code and settings cite of the gating paper is where they say."""

import re

_CITED = re.compile(r"(?:gating )?paper, Sections? ([\d.]*\d)(?: and ([\d.]*\d))?", re.IGNORECASE)
_SECTIONS = {"1", "2", "2.1", "2.2", "2.3", "3", "3.1", "4", "4.1", "4.2", "4.3"}
_SECTIONS |= {"5", "5.1", "5.2", "5.3", "6", "7", "8"}
# What a docstring is about, and the section of the paper that has it.
_PLACES = {
    "attention/aggregate.py": "6",
    "data/splits.py": "4.3",
    "evaluation/misclassified.py": "7",
    "evaluation/predict.py": "4.3",
    "models/aggregation.py": "2.3",
    "models/gates.py": "2.2",
    "terms.py": "7",
}


def test_cited_sections_are_those_of_the_paper(root):
    library = root / "src/radiogaze"
    for path in [*library.rglob("*.py"), root / "experiments/recipes.yaml"]:
        text = path.read_text("utf-8")
        cited = {number for pair in _CITED.findall(text) for number in pair if number}
        assert cited <= _SECTIONS, path
    for name, section in _PLACES.items():
        assert _CITED.search((library / name).read_text("utf-8"))[1] == section, name
