"""Trained networks on the astronomer's own sources: predictions, explanations, tables."""
