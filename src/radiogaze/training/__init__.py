"""The training engine: every variant trained as published, resumable and reproducible."""
