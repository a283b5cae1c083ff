"""The cyclic groups C_N and the dihedral groups D_N as matrices of the plane."""

import re
from dataclasses import dataclass

import torch
from torch import Tensor

from radiogaze.errors import RadiogazeError


@dataclass(frozen=True)
class Group:
    """N rotations by multiples of 2 pi / N, and for D_N as many reflections.

    Element r is the rotation by 2 pi r / N; element N + r of D_N mirrors first, left to right.

    Attributes
    ----------
    rotations
        N.
    reflections
        Whether it is D_N.
    """

    rotations: int
    reflections: bool

    @classmethod
    def named(cls, name: str) -> "Group":
        """Return the group of a sheet's ``group`` cell: ``c4``, ``d8``, ....

        Raises
        ------
        RadiogazeError
            If it is not the name of a group.
        """
        match = re.fullmatch(r"([cd])([1-9]\d*)", name)
        if not match:
            raise RadiogazeError(f"group {name!r}, expected c or d and a number, e.g. c8")
        return cls(int(match[2]), match[1] == "d")

    @property
    def name(self) -> str:
        """As the paper writes it: C8, D4."""
        return f"{'D' if self.reflections else 'C'}{self.rotations}"

    @property
    def order(self) -> int:
        """The number of elements: N, or 2 N with reflections."""
        return self.rotations * (2 if self.reflections else 1)

    def matrices(self) -> Tensor:
        """Return what each element does to a point (x right, y up), float64 [order, 2, 2]."""
        angles = torch.arange(self.rotations, dtype=torch.float64) * (2 * torch.pi / self.rotations)
        cos, sin = angles.cos(), angles.sin()
        rotated = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)
        if not self.reflections:
            return rotated
        mirror = torch.diag(torch.tensor([-1.0, 1.0], dtype=torch.float64))
        return torch.cat([rotated, rotated @ mirror])

    def quotients(self) -> Tensor:
        """Return the element g^-1 h for every pair, int64 [order of g, order of h]."""
        elements = self.matrices()
        products = torch.einsum("gji,hjk->ghik", elements, elements)  # transposed: inverse
        distance = (products[:, :, None] - elements).abs().sum((-1, -2))
        return distance.argmin(-1)
