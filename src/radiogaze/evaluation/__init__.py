"""Augmented passes over a test set, metrics, misclassified sources, equivariance."""
