"""What drawing a figure imports: no library that takes long and is not needed."""

import subprocess
import sys

from radiogaze.figures.registry import FIGURES


def test_figures_never_import_torch():
    """Nor pandas and pyplot, which cost a second a job; only what seaborn draws brings them."""
    specs = [spec for paper in FIGURES.values() for spec in paper.values()]
    modules = {f"figures.{spec.drawing.partition(':')[0]}" for spec in specs}
    modules |= {"figures.save", "figures.layers", "data.steps"}
    lines = [f"import radiogaze.{name}" for name in sorted(modules - {"figures.gating.confusion"})]
    heavy = {"torch", "pandas", "astropy", "sklearn", "matplotlib.pyplot"}
    code = "\n".join([*lines, "import sys", f"sys.exit(bool({heavy} & {{*sys.modules}}))"])
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_learning_curve_and_a_training_wait_for_no_scikit_learn(tmp_path):
    """It takes most of a second to import: a third of drawing a figure."""
    header = "epoch,train_loss,validation_loss,validation_accuracy,improved\n"
    (tmp_path / "history.csv").write_text(header + "0,0.7,0.6,0.5,True\n1,0.6,0.5,0.6,True\n")
    draw = ["figure", "learning_curve_x", "--history", f"x={tmp_path}/history.csv"]
    draw += ["--out-pdf", f"{tmp_path}/x.pdf", "--out-png", f"{tmp_path}/x.png"]
    code = f"""
import sys
from radiogaze.cli import cli
cli({draw}, standalone_mode=False)
import radiogaze.training.engine
sys.exit("sklearn" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x.png").stat().st_size > 0
