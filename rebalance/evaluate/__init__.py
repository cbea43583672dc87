"""Judge techniques inside honest folds."""
