"""Techniques as text for people."""

from rich.console import Console

from rebalance.report.terminal import print_pairs
from rebalance.techniques.registry import TECHNIQUES, Family, Technique


def print_techniques(out: Console) -> None:
    """Write the list of techniques by family."""
    for family in Family:
        members = [technique for technique in TECHNIQUES if technique.family is family]
        out.print(f"{family}:")
        print_pairs(out, [(f"  {member.name}", f"{member.summary} ({_tasks(member)})") for member in members])
        out.print()
    out.print("`rebalance techniques NAME` shows what one needs, when to use it, and its settings.", soft_wrap=True)


def print_technique(out: Console, technique: Technique) -> None:
    """Write what a technique does and needs, when to use it, its settings, and an example."""
    out.print(f"{technique.name}: {technique.summary}\n", soft_wrap=True)
    print_pairs(
        out,
        [
            ("family", technique.family),
            ("tasks", " and ".join(technique.tasks)),
            ("needs", technique.needs),
            ("use it", technique.when[0].lower() + technique.when[1:]),
            ("paper", technique.paper),
            ("also known as", ", ".join(technique.aliases)),
        ],
    )
    if technique.settings:
        out.print("\nSettings, with their defaults:")
        print_pairs(
            out,
            [
                (f"  {setting.name}={setting.format()}", f"{setting.help} ({setting.allowed})")
                for setting in technique.settings
            ],
        )
    out.print(f"\nExample:\n  {technique.example}", soft_wrap=True)


def _tasks(technique: Technique) -> str:
    return "both tasks" if len(technique.tasks) > 1 else str(technique.tasks[0])
