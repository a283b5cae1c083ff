"""The files of evaluations and trainings that figures are drawn from."""

import numpy as np
import pandas as pd
import pytest

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.metrics import roc_curves
from radiogaze.evaluation.readers import (
    read_confusion,
    read_history,
    read_logits,
    read_predictions,
)


def test_curves_of_an_evaluation(tmp_path):
    logits = np.array([[[0, -1], [0, 2], [0, 1], [0, -3]]], dtype=np.float32)
    np.savez(tmp_path / "logits.npz", logits_file=logits, index=np.array([5, 6, 7, 8]))
    table = pd.DataFrame(
        {"index": [8, 5, 6, 7], "class": ["FRI", "FRI", "FRII", "FRII"], "order": "file"}
    )

    def read(table, order="file"):
        table.to_csv(tmp_path / "predictions.csv", index=False)
        return read_logits(tmp_path / "logits.npz", tmp_path / "predictions.csv", order)

    values, labels = read(table)
    assert labels.tolist() == [0, 1, 1, 0]
    curves = roc_curves(values, labels)
    assert {n: curve.auc for n, curve in curves.items()} == {"logits": 1, "as published": 1}
    with pytest.raises(RadiogazeError, match="expected logits of the order single, found"):
        read(table, "single")
    with pytest.raises(RadiogazeError, match=r"predictions\.csv: lacks sources of the logits"):
        read(table.iloc[:2])
    with pytest.raises(RadiogazeError, match="only one class"):
        read(table.assign(**{"class": "FRI"}))


def test_confusion_and_history_files(tmp_path):
    metrics, history = tmp_path / "metrics.json", tmp_path / "history.csv"
    metrics.write_text('{"orders": {"file": {"confusion": [[1, 2], [3, 4]]}}}')
    assert read_confusion(metrics, "file").tolist() == [[1, 2], [3, 4]]
    with pytest.raises(RadiogazeError, match="matrix of the order single, found no 'single'"):
        read_confusion(metrics, "single")
    header = "epoch,train_loss,validation_loss,validation_accuracy,improved\n"
    history.write_text(header + "0,0.7,0.6,0.5,True\n1,0.6,0.7,0.5,False\n")
    assert read_history(history).improved.tolist() == [True, False]
    history.write_text("a,b\n1,2\n")
    with pytest.raises(RadiogazeError, match=r"history\.csv: expected the columns epoch"):
        read_history(history)


def test_predictions_are_of_each_source_once_in_the_order_of_the_catalogue(tmp_path):
    path = tmp_path / "predictions.csv"
    table = pd.DataFrame(
        {
            "index": [7, 5, 6],
            "order": "file",
            "class": ["FRI", "FRII", "FRI"],
            "misclassification_rate": [0.2, 0.5, 1.0],
            "logit_mean": [-1.0, 0.1, 2.0],
            "p_frii_mean": [0.3, 0.5, 0.9],
        }
    )

    def read(table):
        table.to_csv(path, index=False)
        return read_predictions(path, "file")

    assert read(table)["wrong"].to_dict() == {5: 0.5, 6: 1.0, 7: 0.2}
    assert read(table).index.tolist() == [5, 6, 7]
    for changed in (
        pd.concat([table, table.iloc[1:2]]),
        table.assign(misclassification_rate=[0.2, 1.5, 1.0]),
        table.assign(p_frii_mean=[0.2, np.nan, 1.0]),
        table.assign(logit_mean=[0.2, np.inf, 1.0]),
        table.assign(**{"class": ["FRI", "hybrid", "FRII"]}),
    ):
        with pytest.raises(RadiogazeError, match="index 5: expected each source once, FRI or FRII"):
            read(changed)
