"""Rebalance CSV datasets in which one class is rare, and evaluate honestly whether that helps."""

__version__ = "0.1.0"
