"""Readers of the astronomer's own images: files of every kind, and FIRST cutouts of coordinates."""
