"""What the process asks of the operating system: memory, signals, threads, other processes."""
