"""The astronomer's own sources: images of any kind become cutouts like those of MiraBest."""
