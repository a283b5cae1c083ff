"""The figures: pure functions from arrays and rows to a matplotlib Figure."""
