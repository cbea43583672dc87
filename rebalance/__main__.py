"""`python -m rebalance` is the `rebalance` command."""

from rebalance.cli.app import main

if __name__ == "__main__":
    main()
