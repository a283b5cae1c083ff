"""Figures of the gating paper."""
