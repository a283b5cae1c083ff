"""Transforms of batches on the device, and the counter-based randomness behind them."""
