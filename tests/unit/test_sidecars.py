"""Sidecars through the command line; tests/golden checks that every verb writes them."""

import json
import re

import pytest
from click.testing import CliRunner

from radiogaze.cli import cli
from radiogaze.cli.verify import command as verify
from radiogaze.errors import RadiogazeError
from radiogaze.provenance.sidecars import hide_sidecars
from radiogaze.provenance.versions import VERSIONS


def test_a_table_and_a_figure_pass_and_then_drift(root, tmp_path, monkeypatch):
    monkeypatch.chdir(root)
    tables, figures = tmp_path / "paper_tables", tmp_path / "figures"
    outputs = [f"--out-{form}={tables}/table03.{form}" for form in ("csv", "md", "tex")]
    reference = root / "workflow/reference/paper_values.csv"
    arguments = ["03", f"--sheet={root}/experiments/gating.tsv", f"--reference={reference}"]
    ran = CliRunner().invoke(cli, ["tabulate", *arguments, "--campaign=quick", *outputs])
    assert ran.exit_code == 0, ran.output
    drawn = ["figure", "figA1", f"--out-pdf={figures}/figA1.pdf", f"--out-png={figures}/figA1.png"]
    assert CliRunner().invoke(cli, drawn).exit_code == 0
    metadata = json.loads((tables / "table03.csv.provenance.json").read_text())
    assert metadata["version"] == VERSIONS["tabulate"]
    assert "workflow/reference/paper_values.csv" in metadata["inputs"]
    assert len(metadata["outputs"]) == 3
    checked = CliRunner().invoke(verify, [str(tables), str(figures)])
    assert (checked.exit_code, checked.stdout) == (0, "")
    with (figures / "figA1.png").open("ab") as file:
        file.write(b"\0")
    checked = CliRunner().invoke(verify, [str(tables), str(figures)])
    assert checked.exit_code == 1
    assert "output changed" in checked.stdout
    assert "figA1.png" in checked.stdout


class Sky:
    """A synthetic sky, and a verb that reads it."""

    def __init__(self, root, folder):
        self.sheet = f"--sheet={root}/experiments/gating.tsv"
        self.catalogue = folder / "sky/catalogue.csv"
        self.sidecar = folder / "sky/images.npz.provenance.json"
        self.out = folder / "table04.csv"
        self._reference = f"--reference={root}/workflow/reference/paper_values.csv"
        self._paths = [f"--out-{form}={self.out.with_suffix(f'.{form}')}" for form in ("md", "tex")]
        images = self.catalogue.with_name("images.npz")
        self._cutouts = [f"--images={images}", f"--catalogue={self.catalogue}"]

    def draw(self, seed=0):
        counts = ["--train=20", "--test=20", f"--seed={seed}"]
        ran = CliRunner().invoke(cli, ["synthesise", "mirabest", *counts, *self._cutouts])
        assert ran.exit_code == 0, ran.output

    def tabulate(self):
        arguments = [self.sheet, self._reference, "--campaign=demo", "--no-verdicts"]
        named = f"--catalogue=mirabest={self.catalogue}"
        outputs = [f"--out-csv={self.out}", *self._paths]
        return CliRunner().invoke(cli, ["tabulate", "04", *arguments, named, *outputs])


@pytest.fixture
def sky(root, tmp_path):
    drawn = Sky(root, tmp_path)
    drawn.draw()
    return drawn


def test_an_input_that_is_not_what_was_written_is_moved_aside(sky):
    whole = sky.catalogue.read_text()
    assert sky.tabulate().exit_code == 0
    sky.catalogue.write_text(whole.replace("synthetic_0030", "synthetic_0031"))
    refused = sky.tabulate()
    assert isinstance(refused.exception, RadiogazeError)
    assert re.fullmatch(
        r".*catalogue\.csv: is not what radiogaze synthesise wrote: expected sha256 \w{12}…, found"
        r" \w{12}…; moved to catalogue\.csv\.changed: run again to regenerate it",
        str(refused.exception),
    )
    assert "synthetic_0031" in sky.catalogue.with_name("catalogue.csv.changed").read_text()
    assert not sky.catalogue.exists()
    sky.draw()
    assert sky.catalogue.read_text() == whole
    assert sky.tabulate().exit_code == 0


def test_an_input_that_its_step_wrote_again_is_accepted(sky):
    sky.draw(seed=1)
    assert sky.tabulate().exit_code == 0


@pytest.mark.parametrize("text", ["", "{}", '{"outputs": 3, "verb": "x"}', "[]", "\0"])
def test_a_broken_sidecar_is_ignored(sky, text):
    sky.sidecar.write_text(text)
    assert sky.tabulate().exit_code == 0


def test_a_failed_verb_leaves_the_sidecar_of_what_is_there(sky):
    assert sky.tabulate().exit_code == 0
    sidecar = sky.out.with_name("table04.csv.provenance.json")
    before = sidecar.read_bytes()
    sky.catalogue.unlink()
    assert sky.tabulate().exit_code != 0
    assert sidecar.read_bytes() == before


def test_killed_between_an_output_and_its_sidecar_it_leaves_none(tmp_path):
    sidecar = tmp_path / "a.csv.provenance.json"
    sidecar.write_text("old")
    with hide_sidecars([sidecar]):
        assert list(tmp_path.iterdir()) == [tmp_path / ".a.csv.provenance.json.old"]
        sidecar.write_text("new")
    assert sidecar.read_text() == "new"
    assert list(tmp_path.iterdir()) == [sidecar]


def test_a_sidecar_beside_another_output_is_replaced(sky):
    """As one that was written when the first output had vanished."""
    orphaned = sky.out.with_name("table04.md.provenance.json")
    orphaned.parent.mkdir(parents=True, exist_ok=True)
    orphaned.write_text("{}")
    assert sky.tabulate().exit_code == 0
    assert not orphaned.exists()
    assert sky.out.with_name("table04.csv.provenance.json").is_file()


def test_where_a_pinned_file_came_from_is_not_written_down(mirror, tmp_path):
    """A mirror's address may hold a password."""
    weights = "0719Exp30-range_norm-MiraBestNOHYBRIDAdam-AGRadGalNetft-5e-05/95.pt"
    out = tmp_path / "95.pt"
    ran = CliRunner().invoke(cli, ["fetch-weights", weights, f"--out={out}", f"--mirror={mirror}"])
    assert ran.exit_code == 0, ran.output
    text = (tmp_path / "95.pt.provenance.json").read_text()
    assert "mirror" not in json.loads(text)["settings"]
    assert str(mirror) not in text
