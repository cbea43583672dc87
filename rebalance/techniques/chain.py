"""What `--technique` names: one technique, or several applied one after the other, each with its own settings."""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rebalance.errors import UsageError
from rebalance.table.task import Task
from rebalance.techniques.registry import TECHNIQUES, Family, Reads, Technique, find_technique
from rebalance.techniques.settings import OPTIONS_OF_ALL, Setting, TechniqueParams

_LAST = (Family.WEIGHTING, Family.TRANSFORM)
"""Families that neither add nor remove rows: they are applied to the rows that the others leave."""


@dataclass(frozen=True)
class Step:
    """A technique with its settings."""

    technique: Technique

    given: Mapping[str, Any] = field(default_factory=dict)
    """The settings that differ from what the technique does by itself, by name."""

    @property
    def name(self) -> str:
        """The step as it is typed: `smote:neighbors=3`."""
        values = [f":{s.name}={s.format(self.given[s.name])}" for s in self.technique.settings if s.name in self.given]
        return self.technique.name + "".join(values)

    @property
    def params(self) -> TechniqueParams:
        """The values of all settings."""
        return TechniqueParams(self.given)

    def reads_default(self, setting: Setting[Any]) -> bool:
        """Whether the technique has a setting that this step does not set itself."""
        return setting in self.technique.settings and setting.name not in self.given


@dataclass(frozen=True)
class Chain:
    """Steps that are applied from left to right."""

    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """The chain as it is typed."""
        return "+".join(step.name for step in self.steps)

    @property
    def techniques(self) -> tuple[Technique, ...]:
        """The techniques of the steps."""
        return tuple(step.technique for step in self.steps)

    @property
    def oversamples(self) -> bool:
        """Whether some step can add rows."""
        return any(technique.oversamples for technique in self.techniques)

    @property
    def undersamples(self) -> bool:
        """Whether some step removes rows until a count is reached."""
        return any(technique.undersamples for technique in self.techniques)

    @property
    def has_wanted_counts(self) -> bool:
        """Whether some step heeds --ratio and --count."""
        return self.oversamples or self.undersamples

    @property
    def only_weights(self) -> bool:
        """Whether all it does is to weight the rows."""
        return all(technique.family is Family.WEIGHTING for technique in self.techniques)

    @property
    def weights(self) -> bool:
        """Whether some step weights the rows."""
        return any(technique.family is Family.WEIGHTING for technique in self.techniques)

    @property
    def transforms(self) -> tuple[str, ...]:
        """The names of the techniques that change cells."""
        return tuple(technique.name for technique in self.techniques if technique.family is Family.TRANSFORM)

    @property
    def only_transforms(self) -> bool:
        """Whether it keeps the rows, and changes cells and perhaps weights."""
        return bool(self.transforms) and all(technique.family in _LAST for technique in self.techniques)

    @property
    def reads_cells(self) -> bool:
        """Whether some step reads cells of other columns than the target."""
        return any(technique.reads is not Reads.TARGET for technique in self.techniques)

    @property
    def does_nothing(self) -> bool:
        """Whether it is `none`."""
        return all(technique.family is Family.NONE for technique in self.techniques)

    def check_task(self, task: Task, *, other_is_possible: bool = False) -> None:
        """Raise UsageError if some step does not support the task.

        `other_is_possible`: whether the target can be that of the other task.
        """
        for technique in self.techniques:
            if task not in technique.tasks:
                names = ", ".join(other.name for other in TECHNIQUES if task in other.tasks)
                raise UsageError(
                    f"{technique.name} does not support {task}, the task of this target",
                    f"one of {names}" + (f"; or --task {technique.tasks[0]}" if other_is_possible else ""),
                )


def parse_chain(text: str, defaults: Mapping[str, str] | None = None) -> Chain:
    """Return the chain that `text` means: `smote`, `smote:neighbors=3`, `tomek-links+smote`.

    `defaults`: values of settings, as typed, for the steps that have such a setting and do not set it. Raises
    UsageError, with what was meant.
    """
    parts = re.split(r"\+(?![0-9])", text)  # the plus of 1e+3 belongs to a number
    if call := re.fullmatch(r"\s*([\w.-]+)\s*\((.*)\)\s*", text):
        raise UsageError(f"--technique {text}: not the name of a technique", _meant_by_call(call[1], call[2]))
    if "," in text.partition(":")[0] or not all(part.strip() for part in parts):
        names = [name.strip() for name in re.split(r"[+,]", text) if name.strip()]
        fault = "not a chain of techniques"
        if "," in text:
            fault = "a + joins techniques to a chain, and train-eval compares those given one by one"
        raise UsageError(f"--technique {text!r}: {fault}", "--technique " + ("+".join(names) or "smote+tomek-links"))
    steps = tuple(_parse_step(part.strip(), defaults or {}) for part in parts)
    _check_order(text, steps)
    return Chain(steps)


def _meant_by_call(name: str, arguments: str) -> str:
    """Return how what imbalanced-learn writes as a call, `SMOTE(k_neighbors=3)`, is typed here."""
    technique = find_technique(name.rpartition(".")[2])
    settings, options = "", []
    for argument in filter(None, (part.strip() for part in arguments.split(","))):
        key, _, value = (part.strip() for part in argument.partition("="))
        word = key.replace("_", "-").casefold()
        known = next((s for s in technique.settings if word in (s.name, *s.aliases)), None)
        if known:
            settings += f":{known.name}={value}"
        elif word in OPTIONS_OF_ALL:
            options.append(OPTIONS_OF_ALL[word].replace(" N", f" {value}").replace(" R", f" {value}"))
    return " ".join([f"--technique {technique.name}{settings}", *options])


def _parse_step(text: str, defaults: Mapping[str, str]) -> Step:
    name, *pairs = text.split(":")
    technique = find_technique(name)
    given: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            example = technique.settings[0] if technique.settings else None
            number = re.search(r"[0-9][0-9.]*$", pair)
            hint = f"for example {technique.name}"
            if example:
                hint += f":{example.name}={number[0] if number else example.format()}"
            raise UsageError(f"--technique {text}: {pair!r} is not SETTING=VALUE", hint)
        setting = technique.find_setting(key)
        if setting.name in given:
            raise UsageError(f"--technique {text}: {setting.name} is set twice", "set it once")
        given[setting.name] = _parse_value(technique, setting, value)
    for setting in technique.settings:
        if setting.name in defaults and setting.name not in given:
            given[setting.name] = _parse_value(technique, setting, defaults[setting.name])
    return Step(technique, given)


def _parse_value(technique: Technique, setting: Any, text: str) -> Any:
    try:
        return setting.parse(text)
    except UsageError as error:
        hint = error.hint.replace(f"{setting.name}=", f"--technique {technique.name}:{setting.name}=", 1)
        raise UsageError(f"{technique.name}:{error.message}", hint) from None


def _check_order(text: str, steps: tuple[Step, ...]) -> None:
    """Raise UsageError unless weighting and transform techniques come last, and at most one weights rows."""
    last = [step for step in steps if step.technique.family in _LAST]
    early = [step for step, following in itertools.pairwise(steps) if step in last and following not in last]
    if early:
        first = [step for step in steps if step not in last]
        ordered = "+".join(step.name for step in [*first, *last])
        raise UsageError(
            f"{text}: {early[0].technique.name} must come last, because later steps do not see its weights or changes",
            f"--technique '{ordered}'",
        )
    weighting = [step for step in steps if step.technique.family is Family.WEIGHTING]
    if len(weighting) > 1:
        raise UsageError(
            f"{text}: a row has one weight only", f"--technique {weighting[0].name}, or {weighting[1].name}"
        )
