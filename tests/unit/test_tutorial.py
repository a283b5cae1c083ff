"""docs/tutorial.ipynb runs from top to bottom."""

import json

import matplotlib as mpl
import matplotlib.pyplot as plt


def test_the_notebook_runs_offline(root, mirror, tmp_path, monkeypatch, capsys):
    notebook = json.loads((root / "docs/tutorial.ipynb").read_text("utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(code) >= 3
    assert all(cell["outputs"] == [] for cell in code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RADIOGAZE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("RADIOGAZE_MIRROR", str(mirror))
    names: dict[str, object] = {"__name__": "tutorial"}
    with mpl.rc_context({"backend": "agg"}):
        for cell in code:
            exec(compile("".join(cell["source"]), "tutorial", "exec"), names)  # noqa: S102
        figure = plt.gcf()
        assert len(figure.axes) == 8
        assert figure.get_suptitle() == "synthetic sky"
        plt.close("all")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert all("p(FRII) = " in line for line in lines)
