"""Which device a computation runs on."""

import os
import re
import tempfile
from functools import cache
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import one_line

_DEVICE = re.compile(r"cpu|cuda(:[0-9]{1,3})?")
_held: list[FileLock] = []  # of the card of this process, until it ends


def choose_device(name: str) -> str:
    """Return a usable torch device; ``auto`` is the GPU if there is one, else the CPU.

    Of several GPUs ``cuda`` is one that no other process of radiogaze uses, as far as there is one.

    Evaluation is float32 throughout: TF32, which moves attention maps by about 1e-3, is off.

    Raises
    ------
    RadiogazeError
        If the name is not a device or the device is not there.
    """
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if not _DEVICE.fullmatch(name):  # torch knows others, such as meta, that compute nothing
        raise RadiogazeError(f"device {name}: expected auto, cpu, cuda or cuda:N")
    try:
        if name == "cuda" and torch.cuda.device_count() > 1:  # before anything is on the first one
            torch.cuda.set_device(take_free_card(_visible_cards(), Path(tempfile.gettempdir())))
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError) as error:
        reason = one_line(error)
        raise RadiogazeError(f"device {name}: not usable: {reason}; try auto or cpu") from None
    return name


def _visible_cards() -> tuple[str, ...]:
    """Return the names of the cards, which a process counts from 0 where it may use some alone."""
    listed, count = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(","), torch.cuda.device_count()
    return tuple(listed) if len(listed) == count else tuple(map(str, range(count)))


@cache  # a process has one card, however many networks it loads
def take_free_card(cards: tuple[str, ...], folder: Path) -> int:
    """Return the index of a card that no other process has taken, and take it until this one ends.

    Parameters
    ----------
    cards
        Their names on this machine.
    folder
        For the lock files, on this machine. A lock ends with its process, however that ends.

    Returns
    -------
    int
        The first free card; if none is, one by the number of the process, which then is shared.
    """
    for index, card in enumerate(cards):
        lock = FileLock(folder / f"radiogaze-{os.getuid()}-gpu-{card.strip()}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        _held.append(lock)
        return index
    return os.getpid() % len(cards)
