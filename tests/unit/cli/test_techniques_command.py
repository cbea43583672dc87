"""What `rebalance techniques` lists and explains."""

import json

import pytest
from shell import Run

from rebalance.cli.techniques_command import techniques
from rebalance.techniques.registry import ALIASES, TECHNIQUES, Technique


def test_every_technique_is_listed_with_its_family(run: Run) -> None:
    text = run("techniques").text
    words = text.split()
    for technique in TECHNIQUES:
        assert technique.name in words
        assert technique.family in text


@pytest.mark.parametrize("technique", TECHNIQUES, ids=lambda technique: technique.name)
def test_a_technique_is_explained_with_its_settings_and_an_example(
    technique: Technique, capsys: pytest.CaptureFixture[str]
) -> None:
    techniques(technique.name)
    text = capsys.readouterr().out
    shown = " ".join(text.split())
    assert shown.startswith(f"{technique.name}: {technique.summary}")
    assert technique.needs in shown
    assert technique.when[1:] in shown
    assert technique.paper in shown
    for setting in technique.settings:
        assert f"{setting.name}=" in shown
        assert setting.help in shown
    assert text.endswith(f"Example:\n  {technique.example}\n")


@pytest.mark.parametrize(("alias", "name"), ALIASES.items(), ids=ALIASES)
def test_a_name_of_the_field_is_understood(alias: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    techniques(alias)
    assert capsys.readouterr().out.startswith(f"{name}: ")


def test_the_list_as_json_has_every_technique_and_setting(run: Run) -> None:
    listed = json.loads(run("techniques", "--json").text)["techniques"]
    assert [technique["name"] for technique in listed] == [technique.name for technique in TECHNIQUES]
    for entry, technique in zip(listed, TECHNIQUES, strict=True):
        assert [setting["name"] for setting in entry["settings"]] == [setting.name for setting in technique.settings]


def test_one_technique_as_json_is_a_list_of_one(run: Run) -> None:
    every = json.loads(run("techniques", "--json").text)
    one = json.loads(run("techniques", "smote", "--json").text)
    assert one["schema"] == every["schema"]
    assert one["techniques"] == [technique for technique in every["techniques"] if technique["name"] == "smote"]


def test_an_unknown_technique_is_answered_with_what_was_meant(run: Run) -> None:
    assert "did you mean 'tomek-links'" in run("techniques", "tomek-link", code=2).err
