"""Counter-based random numbers: a value is a function of its coordinates, not of a hidden state.

Philox-4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") in integer
tensor operations, so that the same numbers come out on every device, in any order and in batches
of any size. Torch offers its own Philox only behind a stateful generator.
"""

from enum import IntEnum

import torch
from torch import Tensor

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
_MASK = 0xFFFFFFFF


class Stream(IntEnum):
    """Independent sequences of numbers under one seed.

    Training, validation and test share ``AUGMENTATION``, and ``FLIP`` with it: see
    :func:`radiogaze.augmentation.transform.draw`.
    """

    AUGMENTATION = 0
    TEST_ORDER = 1
    SPLIT = 2
    TRAIN_ORDER = 3
    DROPOUT = 4
    INITIALISATION = 5
    VALIDATION_ORDER = 6
    FLIP = 7
    LABELS = 8
    UNLABELLED_ORDER = 9
    STRONG = 10
    WEIGHTS = 11
    EVALUATION_DROPOUT = 12


def philox(counter: tuple[Tensor, Tensor, Tensor, Tensor], key: tuple[int, int]) -> Tensor:
    """Return four random 32-bit words for every counter.

    Parameters
    ----------
    counter
        Four int64 tensors of one shape (or shapes that broadcast), values below 2**32.
    key
        Two integers below 2**32.

    Returns
    -------
    Tensor
        int64 [4, ...], values from 0 to 2**32 - 1.
    """
    c0, c1, c2, c3 = torch.broadcast_tensors(*counter)
    k0, k1 = key
    for _ in range(_ROUNDS):
        # A product of two 32-bit words wraps in int64, yet keeps all 64 bits of the unsigned one.
        p0, p1 = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1, c2, c3 = (
            ((p1 >> 32) & _MASK) ^ c1 ^ k0,
            p1 & _MASK,
            ((p0 >> 32) & _MASK) ^ c3 ^ k1,
            p0 & _MASK,
        )
        k0, k1 = (k0 + _WEYL[0]) & _MASK, (k1 + _WEYL[1]) & _MASK
    return torch.stack([c0, c1, c2, c3])


def uniform(stream: Stream, seed: int, epoch: int | Tensor, pass_: int, index: Tensor) -> Tensor:
    """Return four uniform numbers in [0, 1) for every image of a pass.

    Parameters
    ----------
    stream
        What the numbers are for.
    seed, epoch, pass_
        Non-negative integers; the seed may have 64 bits. The epoch may be a tensor of no
        dimensions on the device, which a CUDA graph reads again at each replay.
    index
        Positions of the images in their data set, int64 [N].

    Returns
    -------
    Tensor
        float64 [4, N] on the device of ``index``.
    """
    coordinates = (index, *(torch.zeros_like(index) + n for n in (pass_, epoch, int(stream))))
    words = philox(coordinates, (seed & _MASK, (seed >> 32) & _MASK))
    return words.double() / 2**32


def normal(
    stream: Stream, seed: int, epoch: int, pass_: int, count: int, device: torch.device | str
) -> Tensor:
    """Return ``count`` standard normal numbers, float64, of the uniform ones."""
    words = torch.arange(-(-count // 4), device=device)
    return to_normal(uniform(stream, seed, epoch, pass_, words).flatten()[:count])


def to_normal(draws: Tensor) -> Tensor:
    """Turn uniform numbers of 32 bits in [0, 1) into standard normal ones, all of them finite."""
    return torch.special.ndtri(draws + 0.5 / 2**32)


def permutation(stream: Stream, seed: int, epoch: int, pass_: int, count: int) -> Tensor:
    """Return a random order of ``count`` things, int64 [count]."""
    draws = uniform(stream, seed, epoch, pass_, torch.arange(count))
    return torch.argsort(draws[0], stable=True)
