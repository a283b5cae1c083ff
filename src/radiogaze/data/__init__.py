"""The data: pinned downloads, safe archives, the catalogue and the prepared cutouts."""
