"""Where every artefact comes from, and whether it is still what its step wrote."""
