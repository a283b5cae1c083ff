"""What the gates of a network pool from each cutout, and classification by it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import linalg
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

from radiogaze.augmentation import transform as augment
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.resampling import Floats, Integers
from radiogaze.files.npz import ArraySpec, load_arrays, save_arrays
from radiogaze.files.reading import reading
from radiogaze.models.zoom import ZoomNetwork

_CHUNK = 32


@contextmanager
def readout_inputs(model: nn.Module) -> Iterator[list[Tensor]]:
    """Collect the inputs of the read-out of a network of two zooms while the block runs it.

    Yields
    ------
    list of Tensor
        The features [n, F] of each forward pass so far.

    Raises
    ------
    RadiogazeError
        If the network is another one.
    """
    if not isinstance(model, ZoomNetwork):
        raise RadiogazeError(
            f"features: found a {type(model).__name__}, expected a variant whose architecture is"
            " zoom"
        )
    seen: list[Tensor] = []
    own = threading.get_ident()

    def collect(_: nn.Module, given: tuple[Tensor]) -> None:
        if threading.get_ident() == own:  # another thread may use the same network meanwhile
            seen.append(given[0])

    hook = model.readout.register_forward_pre_hook(collect)
    try:
        yield seen
    finally:
        hook.remove()


def mean_features(seen: list[Tensor]) -> Floats:
    """Return the mean over the symmetries, which are seen in turn for each chunk: [N, F]."""
    views = augment.SYMMETRIES
    means = [torch.stack(seen[n : n + views]).mean(0) for n in range(0, len(seen), views)]
    return torch.cat(means).cpu().numpy()


@torch.inference_mode()
def pooled_features(model: nn.Module, images: NDArray[np.uint8], device: str) -> Floats:
    """Return the inputs of the read-out of a network of two zooms.

    Parameters
    ----------
    model
        A trained `ZoomNetwork`.
    images
        uint8 [N, 150, 150].
    device
        A torch device.

    Returns
    -------
    ndarray
        float32 [N, F], a mean over an image's quarter turns and their mirror images; F is 192 in
        the full network.

    Raises
    ------
    RadiogazeError
        If the network is another one.
    """
    model = model.to(device).eval()
    with readout_inputs(model) as seen:
        for chunk in torch.from_numpy(images).split(_CHUNK):
            for number in range(augment.SYMMETRIES):
                turned = augment.symmetry(chunk, number).to(device)
                model(augment.to_network_input(turned))
    return mean_features(seen)


def save_features(features: Floats, train: NDArray[np.bool_], path: Path) -> None:
    """Write features [N, F] and which of the N cutouts are of the training split.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    save_arrays(path, {"features": features, "train": train})


def load_features(path: Path) -> tuple[Floats, NDArray[np.bool_]]:
    """Read what `save_features` wrote.

    Raises
    ------
    RadiogazeError
        If the file is missing or broken.
    """
    specs = {"features": ArraySpec(np.float32, (None, None)), "train": ArraySpec(np.bool_, (None,))}
    with reading(path, "features", "features"):
        found = load_arrays(path, specs)
        if len(found["features"]) != len(found["train"]):
            raise ValueError(f"{len(found['features'])} features of {len(found['train'])} cutouts")
        return found["features"].astype(np.float64), found["train"]


def classify_frozen(
    features: Floats, labelled: Integers, frii: NDArray[np.bool_], test: Integers
) -> NDArray[np.bool_]:
    """Predict by logistic regression on frozen features.

    Parameters
    ----------
    features
        [N, F], of all sources.
    labelled, test
        Rows to learn from and to predict.
    frii
        Class of the labelled rows.

    Returns
    -------
    ndarray
        Whether each test row is predicted to be FRII.
    """
    regression = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    regression.fit(features[labelled], frii)
    return np.asarray(regression.predict(features[test]), dtype=bool)


def frechet_distance(a: Floats, b: Floats) -> float:
    """Return the squared Frechet distance of Gaussians fitted to two sets of features.

    ``|m_a - m_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2))`` (Dowson & Landau 1982).

    Parameters
    ----------
    a, b
        [N, F] and [M, F], at least two rows each.
    """
    means = a.mean(0) - b.mean(0)
    of_a, of_b = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))
    # tr (S_a S_b)^(1/2) is the sum of the singular values of S_a^(1/2) S_b^(1/2). Fewer sources
    # than features make both singular, where scipy.linalg.sqrtm of the product is not reliable.
    overlap = linalg.svdvals(_root(of_a) @ _root(of_b)).sum()
    return float(means @ means + np.trace(of_a) + np.trace(of_b) - 2 * overlap)


def _root(covariance: Floats) -> Floats:
    values, vectors = linalg.eigh(covariance)
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
