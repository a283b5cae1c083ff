"""Learning curves."""

import numpy as np
from matplotlib.figure import Figure

from radiogaze.figures import panels
from radiogaze.figures.inputs import Inputs, some
from radiogaze.figures.style import COLUMN


def draw(inputs: Inputs) -> Figure:
    """Draw losses and validation accuracy by epoch; a mark where the validation loss was lowest.

    Needs the histories of some training runs.
    """
    figure, ((losses,), (accuracy,)) = panels.grid(2, 1, (COLUMN, 1.25 * COLUMN), sharex=True)
    for number, (name, history) in enumerate(some(inputs.histories, "history").items()):
        colour = f"C{number}"
        epoch, validation = history.epoch, history.validation_loss
        losses.plot(epoch, history.train_loss, ":", color=colour, label=f"{name}, training")
        losses.plot(epoch, validation, "-", color=colour, label=f"{name}, validation")
        accuracy.plot(epoch, history.validation_accuracy, "-", color=colour)
        improved = np.flatnonzero(history.improved)
        if len(improved):
            best = improved[-1]
            losses.plot(epoch[best], validation[best], "o", color=colour, markersize=4)
            accuracy.plot(
                epoch[best], history.validation_accuracy[best], "o", color=colour, markersize=4
            )
    losses.set_ylabel("loss")
    accuracy.set_ylabel("validation accuracy")
    accuracy.set_xlabel("epoch (mark: the model that is kept)")
    figure.legend(loc="outside lower center", fontsize="x-small", frameon=False)
    return figure
