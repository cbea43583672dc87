"""The `rebalance` command, also as `python -m rebalance`."""

from rebalance.interrupts import die_at_once


def main() -> None:
    """Run the command line of this process; an interrupt while it loads ends it without a traceback."""
    die_at_once()
    from rebalance.cli.app import main as run

    run()


if __name__ == "__main__":
    main()
