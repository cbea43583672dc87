"""What a technique decides: which records stay, which rows are made, what each weighs."""
