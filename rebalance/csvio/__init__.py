"""Move CSV records in and out without touching their bytes."""
