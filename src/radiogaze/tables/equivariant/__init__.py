"""Tables of the equivariant paper."""
