"""The `rebalance` command, also as `python -m rebalance`."""

from rebalance.system.signals import exit_on_interrupt


def main() -> None:
    """Run the command line of this process; an interrupt while it loads ends it without a traceback."""
    exit_on_interrupt()
    from rebalance.cli.app import main as run

    run()


if __name__ == "__main__":
    main()
