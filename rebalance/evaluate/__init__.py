"""Evaluate techniques inside honest folds."""
