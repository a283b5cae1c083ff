"""Augmented passes over a test set, and what they say of a model."""
