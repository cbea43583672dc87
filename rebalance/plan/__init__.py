"""What a technique decides: which records stay, which rows are added, and the weight of each."""
