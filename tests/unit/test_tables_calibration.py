"""The table of calibration: from the logits of every run to its cells."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit
from tables_tools import cell_of, evaluation, make, rows_of, run, training, write_json

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.calibration import Calibration
from radiogaze.tables.layout import CALIBRATION
from radiogaze.tables.markdown import to_markdown
from radiogaze.tables.render import to_csv

MAIN, OTHER = "mirabest-range-ft-3g", "mirabest-sigmoid-ft-3g"


def evaluated(folder, runs):
    """Write logits and predictions of runs that say ``p`` of the true class of every source."""
    given = {"logits": {}, "predictions": {}}
    for name, p in runs.items():
        sign = np.tile([-1, 1], 30)
        margin = np.tile(logit(p) * sign, (4, 1))
        path = folder / f"{name.replace('/', '-')}.npz"
        values = np.stack([-margin / 2, margin / 2], axis=-1).astype(np.float32)
        np.savez(path, index=np.arange(60), logits_file=values)
        classes = np.where(sign > 0, "FRII", "FRI")
        table = pd.DataFrame({"index": np.arange(60), "class": classes, "order": "file"})
        table.to_csv(path.with_suffix(".csv"), index=False)
        given["logits"][name], given["predictions"][name] = path, path.with_suffix(".csv")
    return given


def test_every_network_that_was_evaluated_is_a_row(tmp_path):
    paths = [write_json(tmp_path, evaluation(name)) for name in (OTHER, MAIN)]
    runs = evaluated(tmp_path, {f"{MAIN}/released": 0.9, f"{OTHER}/released": 0.7})
    table = make("calibration", metrics=paths, **runs)
    assert [c.column for c in table.content.cells[:8]] == list(CALIBRATION.values())
    assert list(CALIBRATION) == list(Calibration._fields)
    assert [cell.row for cell in table.content.cells[::8]] == [MAIN, OTHER]  # the sheet's order
    brier = cell_of(table, MAIN, "brier", "both")
    assert (brier.ours, brier.low, brier.high) == pytest.approx((0.01,) * 3)
    assert cell_of(table, OTHER, "ece", "both").ours == pytest.approx(0.3)
    assert table.caption.startswith("Calibration of the networks of Bowles et al. (2021): how")
    text = to_markdown(table)
    assert "0.010 \\[0.010, 0.010\\]" in text
    assert "Each cell: ours \\[95 % interval over test sources\\].\n" in text
    assert "(+)" not in text and "differs" not in text
    assert "passes 8; seed 0" in text.splitlines()[-1]
    rows = rows_of(to_csv(table))
    assert {row["verdict"] for row in rows} == {
        "not in the paper: see docs/differences.md#calibration"
    }


def test_our_own_training_is_a_mean_over_the_seeds_that_converged(tmp_path):
    kept = [training(MAIN, 0), training(MAIN, 1)]
    lost = training(MAIN, 2, epoch=None, flags=["train loss not finite in epoch 3"])
    paths = [write_json(tmp_path, content) for content in (*kept, lost)]
    released = [write_json(tmp_path, evaluation(MAIN))]
    runs = {f"{MAIN}/seed-0": 0.9, f"{MAIN}/seed-1": 0.8, f"{MAIN}/released": 0.6}
    given = evaluated(tmp_path, runs)
    table = make("calibration", metrics=paths, released=released, **given)
    cell = cell_of(table, MAIN, "ece", "both")
    assert cell.ours == pytest.approx(0.15)
    assert cell.retrained.std == pytest.approx(0.1 / np.sqrt(2))
    assert cell.retrained.released == pytest.approx(0.4)
    assert (cell.retrained.seeds, cell.retrained.diverged) == (2, 1)
    (event,) = table.content.events
    assert "seed 2 (did not converge" in event
    assert "0.150 ± 0.071 \\[released 0.400\\]" in to_markdown(table)


def test_a_run_without_logits_is_one_line(tmp_path):
    paths = [write_json(tmp_path, training(MAIN, seed)) for seed in (0, 1)]
    given = evaluated(tmp_path, {f"{MAIN}/seed-0": 0.9})
    with pytest.raises(RadiogazeError, match=f"no logits of {MAIN}/seed-1; give --logits"):
        make("calibration", metrics=paths, **given)
    with pytest.raises(RadiogazeError, match=f"no logits of {MAIN}/seed-0; .* alike"):
        make("calibration", metrics=paths, logits=given["logits"])


def test_the_command_writes_it(tmp_path):
    path = write_json(tmp_path, evaluation(MAIN))
    given = evaluated(tmp_path, {f"{MAIN}/released": 0.9})
    files = [f"--{option}={n}={p}" for option, of in given.items() for n, p in of.items()]
    done = run("calibration", f"--metrics={path}", *files, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    written = rows_of((tmp_path / "table.csv").read_text())
    assert {row["metric"] for row in written} == set(CALIBRATION)
    assert "Calibration" in (tmp_path / "table.tex").read_text()
