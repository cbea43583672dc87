"""`rebalance techniques`."""

import json
import sys
from typing import Annotated

import typer

from rebalance.techniques.registry import TECHNIQUES


def techniques(
    json_output: Annotated[bool, typer.Option("--json", help="The list as JSON.")] = False,
) -> None:
    """List the techniques: what each does, and what it needs.

    Example: rebalance techniques
    """
    if json_output:
        shown = [
            {
                "name": t.name,
                "family": str(t.family),
                "for": [str(task) for task in t.tasks],
                "summary": t.summary,
                "needs": t.needs,
                "when": t.when,
            }
            for t in TECHNIQUES
        ]
        print(json.dumps(shown, indent=2))
        return
    from rebalance.report.terminal import console, print_rows

    targets = {2: "any"}
    rows = [
        [t.name, str(t.family), targets.get(len(t.tasks), str(t.tasks[0])), f"{t.summary}; needs {t.needs}"]
        for t in TECHNIQUES
    ]
    print_rows(console(sys.stdout), ["technique", "family", "target", "what it does"], rows, last_wraps=True)
