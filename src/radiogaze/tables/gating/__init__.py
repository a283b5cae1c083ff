"""Tables of the gating paper."""
