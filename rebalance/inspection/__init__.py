"""What is in a table: its target, its columns, and what deserves a warning."""
