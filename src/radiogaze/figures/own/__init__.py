"""Figures of networks that no paper has, beside its own; docs/own-network.md."""
