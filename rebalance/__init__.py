"""Rebalance CSV datasets in which one class is rare, and judge honestly whether it helped."""

__version__ = "0.1.0"
