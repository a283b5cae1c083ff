"""Convolutions equivariant under rotations and reflections, as plain group convolutions.

Weiler & Cesa (2019) build their networks of regular fields from steerable filters. For regular
fields a steerable filter is one band-limited filter, sampled at every element of the group: the
same space of functions, with fewer operations and nothing but torch.
"""

from radiogaze.models.steerable.group import Group
from radiogaze.models.steerable.layers import LiftConv, RegularConv, group_max

__all__ = ["Group", "LiftConv", "RegularConv", "group_max"]
