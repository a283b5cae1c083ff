"""Figures of the equivariant paper."""
