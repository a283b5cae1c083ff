"""FixMatch: unlabelled images beside the labelled ones of a step (Sohn et al. 2020)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from radiogaze.augmentation import transform as augment
from radiogaze.augmentation.counter_rng import Stream, permutation
from radiogaze.campaigns.recipes import Recipe
from radiogaze.errors import RadiogazeError

_STRONG = "strong"
# Added to an image's position where its transforms are drawn: those of labelled images are others.
_OF_WEAK, _OF_STRONG = 1 << 20, 1 << 21


def consistency_loss(weak: Tensor, strong: Tensor, threshold: float) -> Tensor:
    """Return the loss of unlabelled images (Equation 4).

    Parameters
    ----------
    weak
        Logits of the weakly augmented images, [N, 2], without gradient.
    strong
        What the cross entropy is given of the same images strongly augmented, [N, 2].
    threshold
        An image counts if a class of its weak form has at least this probability.

    Returns
    -------
    Tensor
        The cross entropy of those that count, summed and divided by N.
    """
    confidence, classes = torch.softmax(weak, dim=1).max(dim=1)
    losses = F.cross_entropy(strong, classes, reduction="none")
    return (losses * (confidence >= threshold)).mean()


class UnlabelledBatches:
    """Batches of unlabelled images, each in a strong and in a weak form.

    A batch is a function of (seed, step); one pass over the images is in a random order, its rest
    that does not fill a batch left out.

    Parameters
    ----------
    images
        uint8 [N, 150, 150], on the device.
    seed
        Of order and augmentation.
    recipe
        Its batch and the ratio of FixMatch give the size of a batch, its augmentation is the weak.

    Raises
    ------
    RadiogazeError
        If the images do not fill a batch.
    """

    def __init__(self, images: Tensor, seed: int, recipe: Recipe) -> None:
        settings = recipe.fixmatch or {"ratio": 1}
        self._size = int(settings["ratio"]) * recipe.batch
        if len(images) < self._size:
            raise RadiogazeError(
                f"{len(images)} unlabelled sources, expected at least {self._size}: ratio times"
                f" batch of the recipe {recipe.name}"
            )
        self._images = images
        self._seed = seed
        self._weak = recipe.augmentation

    def batch(self, step: int) -> Tensor:
        """Return uint8 [2 n, 150, 150]: n images strongly augmented, then the same weakly."""
        pass_, number = divmod(step, len(self._images) // self._size)
        order = permutation(Stream.UNLABELLED_ORDER, self._seed, 0, pass_, len(self._images))
        chosen = order[number * self._size : (number + 1) * self._size].to(self._images.device)
        forms = ((_OF_STRONG, _STRONG), (_OF_WEAK, self._weak))
        return torch.cat(
            [
                augment.apply(
                    self._images[chosen],
                    augment.draw(self._seed, 0, pass_, chosen + offset, augmentation),
                )
                for offset, augmentation in forms
            ]
        )
