"""Attention maps of the AG-CNN: extraction, aggregation over augmented passes, storage."""
