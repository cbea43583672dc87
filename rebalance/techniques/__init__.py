"""The techniques and their registry."""
