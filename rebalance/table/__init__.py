"""Read typed columns from records, and write made rows as text."""
