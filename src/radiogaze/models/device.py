"""Which device a computation runs on."""

import re

import torch

from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import one_line

_DEVICE = re.compile(r"cpu|cuda(:[0-9]{1,3})?")


def choose_device(name: str) -> str:
    """Return a usable torch device; ``auto`` is the GPU if there is one, else the CPU.

    Evaluation is float32 throughout: TF32, which moves attention maps by about 1e-3, is off.

    Raises
    ------
    RadiogazeError
        If the name is not a device or the device is not there.
    """
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if not _DEVICE.fullmatch(name):  # torch knows others, such as meta, that compute nothing
        raise RadiogazeError(f"device {name}: expected auto, cpu, cuda or cuda:N")
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError) as error:
        reason = one_line(error)
        raise RadiogazeError(f"device {name}: not usable: {reason}; try auto or cpu") from None
    return name
