"""What a step is given and what it leaves: images with their labels, rates and norms by hand."""

import numpy as np
import pytest
import torch
from torch import nn

from radiogaze.augmentation import transform as augment
from radiogaze.data.splits import draw_split
from radiogaze.data.store import Cutouts
from radiogaze.training.optimiser import make_optimiser
from radiogaze.training.samples import BatchSampler, DeviceImages
from radiogaze.training.stepper import Stepper
from training_tools import few_cutouts, small_job

SEED = 5


def by_class(count):
    """Sources in the order of their class, as the catalogues have them."""
    few = few_cutouts(count)
    order = np.argsort(few.catalogue["class"][:count].to_numpy(), kind="stable")
    order = np.r_[order, count : count + 4]
    table = few.catalogue.iloc[order].reset_index(drop=True)
    return Cutouts(few.images[order], table.assign(index=np.arange(len(table))))


@pytest.fixture(scope="module")
def cutouts():
    return by_class(60)


@pytest.fixture(scope="module")
def split(cutouts):
    return draw_split(cutouts, "mirabest", SEED)


@pytest.fixture(scope="module")
def samples(cutouts, split):
    pool, recipe = DeviceImages.of(cutouts, "cpu"), small_job().recipe
    return BatchSampler(pool, split, SEED, recipe, validation_augmentation="rotate")


def sources_of(images, labels, cutouts, rows, transform):
    """Find each image among the augmented ones of some rows; its label must be that row's."""
    expected = augment.apply(torch.from_numpy(cutouts.images[rows]), transform)
    classes = (cutouts.catalogue["class"].to_numpy()[rows] == "FRII").astype(int)
    places = []
    for image, label in zip(images, labels, strict=True):
        (place,) = np.flatnonzero((expected == image).flatten(1).all(1).numpy())
        assert int(label) == classes[place]
        places.append(place)
    return places


@pytest.mark.parametrize("at", [(0, 0), (0, 1), (1, 0)])
def test_a_pass_shows_each_source_with_its_label_as_seed_epoch_and_pass_say(
    cutouts, split, samples, at
):
    rows = split["index"][split["split"] == "train"].to_numpy()
    batches = [samples.training_batch(*at, number) for number in range(samples.batches)]
    images, labels = (torch.cat(parts) for parts in zip(*batches, strict=True))
    drawn = augment.draw(SEED, *at, torch.tensor(rows))
    places = sources_of(images, labels, cutouts, rows, drawn)
    assert sorted(places) == list(range(len(rows))) != places


def test_validation_has_the_augmentation_of_the_evaluation_and_mixes_the_classes(
    cutouts, split, samples
):
    rows = split["index"][split["split"] == "validation"].to_numpy()
    drawn = augment.draw(SEED, 3, 2, torch.tensor(rows), "rotate")
    images = torch.cat(list(samples.validation_chunks(3, 2)))
    sources_of(images, samples.validation_labels, cutouts, rows, drawn)
    assert samples.validation_labels.diff().ne(0).sum() > 1  # not all of one, then all of the other


def test_biases_and_batch_norms_do_not_decay():
    recipe = small_job(recipe="modern", learning_rate=0.1, weight_decay=0.5).recipe
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    for parameter in network.parameters():
        parameter.data.fill_(1)
        parameter.grad = torch.zeros_like(parameter)
    make_optimiser(network, recipe, "cpu", 1).step()
    found = {name: p.unique().tolist() for name, p in network.named_parameters()}
    assert found.pop("0.weight") == pytest.approx([1 - 0.1 * 0.5])
    assert all(value == [1] for value in found.values())


def test_a_gradient_is_clipped_where_the_recipe_says_so(samples):
    norms = []
    for clip in (None, 1e-3):
        stepper = Stepper(small_job(recipe="modern", gradient_clip=clip), 8, 0, 0)
        stepper.train_step(*samples.training_batch(0, 0, 0), 0)
        parts = [p.grad.flatten() for p in stepper.model.parameters() if p.grad is not None]
        norms.append(float(torch.cat(parts).norm()))
    assert norms[0] > 0.01
    assert norms[1] == pytest.approx(1e-3, rel=1e-3)
