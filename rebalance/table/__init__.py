"""Read typed columns from records, and write synthetic rows as text."""
