"""Every technique is found by its names, and its settings have defaults and allowed values that errors name."""

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import ORDERS, Run

from rebalance.errors import UsageError
from rebalance.techniques.chain import parse_chain
from rebalance.techniques.registry import ALIASES, TECHNIQUES, Technique, find_technique
from rebalance.techniques.settings import Setting, TechniqueParams

NAMES = [technique.name for technique in TECHNIQUES]
SETTINGS = [(technique, setting) for technique in TECHNIQUES for setting in technique.settings]

every_technique = pytest.mark.parametrize("technique", TECHNIQUES, ids=NAMES)
every_setting = pytest.mark.parametrize(
    ("technique", "setting"), SETTINGS, ids=[f"{technique.name}:{setting.name}" for technique, setting in SETTINGS]
)


def settings_of(text: str, defaults: dict[str, str] | None = None) -> list[tuple[str, dict[str, Any]]]:
    """The technique and the given settings of each step of a chain."""
    return [(step.technique.name, dict(step.given)) for step in parse_chain(text, defaults).steps]


def refused_values(setting: Setting[Any]) -> Iterator[str]:
    """Texts that are not allowed."""
    yield ""
    if setting.choices:
        yield from ("no-such-choice", "0", "1.5")
    elif isinstance(setting.default, int | float):
        yield from ("word", "nan", "inf", "-inf", "1,5")
        if isinstance(setting.default, int):
            yield "1.5"
        if setting.minimum is not None:
            yield str(setting.minimum - 1)
        if setting.maximum is not None:
            yield repr(math.nextafter(setting.maximum, math.inf))


def allowed_values(setting: Setting[Any]) -> st.SearchStrategy[str]:
    """Texts that are allowed."""
    if setting.choices:
        return st.sampled_from([str(choice) for choice in setting.choices])
    if isinstance(setting.default, int):
        return st.integers(1, 10**9).map(str)
    if isinstance(setting.default, float):
        return st.floats(setting.minimum, setting.maximum).map(repr)
    columns = st.sampled_from(["a", "b c", "x=y", "2", "3-5", "größe"])
    return st.lists(columns, min_size=1).map(",".join)


@st.composite
def steps(draw: st.DrawFn, *, last: bool) -> str:
    """A technique with some of its settings; `last`: one that may stand at the end of a chain."""
    families = ("weighting", "transform") if last else ("over-sampling", "under-sampling", "cleaning", "combined")
    technique = draw(st.sampled_from([technique for technique in TECHNIQUES if technique.family in families]))
    chosen = [setting for setting in technique.settings if draw(st.booleans())]
    return ":".join([technique.name, *(f"{setting.name}={draw(allowed_values(setting))}" for setting in chosen)])


chains = st.one_of(
    st.lists(steps(last=False), min_size=1, max_size=3).map("+".join),
    st.tuples(st.lists(steps(last=False), max_size=2), steps(last=True)).map(
        lambda pair: "+".join([*pair[0], pair[1]])
    ),
)


@every_setting
def test_the_default_of_a_setting_is_one_of_its_allowed_values(technique: Technique, setting: Setting[Any]) -> None:
    params = parse_chain(technique.name).steps[0].params
    assert params[setting] == setting.default
    if setting.default == ():  # the target, which needs not be named
        assert setting.name == "columns"
        return
    assert setting.parse(setting.format()) == setting.default
    assert type(setting.parse(setting.format())) is type(setting.default)


@every_setting
def test_a_value_outside_is_refused_with_the_setting_and_what_is_allowed(
    technique: Technique, setting: Setting[Any]
) -> None:
    for text in refused_values(setting):
        with pytest.raises(UsageError) as error:
            parse_chain(f"{technique.name}:{setting.name}={text}")
        assert error.value.message == f"{technique.name}:{setting.name}={text}: not {setting.allowed}"
        example = error.value.hint.removeprefix("for example ").removeprefix("--technique ")
        assert parse_chain(example).techniques == (technique,)


@every_setting
def test_the_ends_of_what_is_allowed_are_allowed(technique: Technique, setting: Setting[Any]) -> None:
    for value in (*setting.choices, setting.minimum, setting.maximum):
        if value is not None:
            [(_, values)] = settings_of(f"{technique.name}:{setting.name}={value}")
            assert values == {setting.name: value}


def test_what_is_allowed_is_described_in_words() -> None:
    described = {f"{technique.name}:{setting.name}": setting.allowed for technique, setting in SETTINGS}
    assert described["smote:neighbors"] == "a whole number of at least 1"
    assert described["near-miss:version"] == "1 or 2 or 3"
    assert described["smote:neighbor-search"] == "auto or exact or approximate"
    assert described["effective-number:beta"] == "a number of at least 0 and at most 0.999999999"
    assert described["log1p:columns"] == "names of columns, indices or ranges such as 3-5, separated by commas"


@every_setting
def test_the_hint_for_a_value_without_a_setting_is_a_chain(technique: Technique, setting: Setting[Any]) -> None:
    with pytest.raises(UsageError, match="not SETTING=VALUE") as error:
        parse_chain(f"{technique.name}:{setting.name}")
    assert parse_chain(error.value.hint.removeprefix("for example ")).techniques == (technique,)


@every_technique
def test_a_technique_is_found_whatever_the_case_and_the_hyphens(technique: Technique) -> None:
    for name in (
        technique.name,
        technique.name.upper(),
        technique.name.replace("-", "_"),
        technique.name.replace("-", ""),
    ):
        assert find_technique(name) is technique


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_leads_to_a_technique_and_is_not_the_name_of_another(alias: str) -> None:
    technique = find_technique(alias)
    assert technique.name == ALIASES[alias]
    assert find_technique(alias.upper()) is technique
    assert alias not in {name.replace("-", "") for name in NAMES}


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("SMOTE-NC", "smote"),
        ("SMOTEN", "smote"),
        ("ros", "random-over"),
        ("RandomUnderSampler", "random-under"),
        ("rus", "random-under"),
        ("ENN", "edited-nn"),
        ("renn", "repeated-edited-nn"),
        ("repeated-enn", "repeated-edited-nn"),
        ("cnn", "condensed-nn"),
        ("oss", "one-sided-selection"),
        ("ncr", "neighborhood-cleaning"),
        ("neighbourhood-cleaning", "neighborhood-cleaning"),
    ],
)
def test_a_technique_is_found_by_the_fields_other_names(alias: str, name: str) -> None:
    assert find_technique(alias).name == name
    assert parse_chain(alias).name == name


def test_smote_nc_is_smote_to_the_byte(run: Run) -> None:
    argv = ["resample", ORDERS, "-t", "fraud", "-q", "--technique"]
    assert run(*argv, "smote-nc").out == run(*argv, "smote").out


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [("smoet", "smote"), ("tomek-link", "tomek-links"), ("random-undr", "random-under"), ("near-mis", "near-miss")],
)
def test_a_mistyped_technique_is_answered_with_what_was_meant(mistyped: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f"there is no technique '{mistyped}'") as error:
        find_technique(mistyped)
    assert f"did you mean '{meant}'" in error.value.hint


def test_a_technique_that_resembles_no_other_is_answered_with_the_command_that_lists_them() -> None:
    with pytest.raises(UsageError, match="there is no technique 'zzzzzz'") as error:
        find_technique("zzzzzz")
    assert error.value.hint == "`rebalance techniques` lists them"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        pytest.param("smote:neighbour=3", "smote has no setting 'neighbour'", "did you mean 'neighbors'", id="similar"),
        pytest.param("near-miss:x=3", "near-miss has no setting 'x'", "it has version", id="unknown"),
        pytest.param("smote:fence=3", "smote has no setting 'fence'", "neighbors, neighbor-search", id="of-another"),
        pytest.param("random-over:k=3", "random-over has no settings", "--technique random-over", id="no-settings"),
    ],
)
def test_a_mistyped_setting_is_answered_with_what_was_meant(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_chain(text)
    assert error.value.message == message
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("smote", [("smote", {})], id="no-setting"),
        pytest.param("smote:neighbors=3", [("smote", {"neighbors": 3})], id="one-setting"),
        pytest.param("smote:k=3", [("smote", {"neighbors": 3})], id="alias"),
        pytest.param("SMOTE:N_Neighbors=3", [("smote", {"neighbors": 3})], id="alias-in-other-case"),
        pytest.param(
            "near-miss:version=2+smote", [("near-miss", {"version": 2}), ("smote", {})], id="setting-of-one-step"
        ),
        pytest.param(
            "tomek-links:neighbor-search=exact + smote:neighbors=3",
            [("tomek-links", {"neighbor-search": "exact"}), ("smote", {"neighbors": 3})],
            id="settings-of-each-step",
        ),
        pytest.param(
            "smote:neighbors=3+smote:neighbors=7",
            [("smote", {"neighbors": 3}), ("smote", {"neighbors": 7})],
            id="same-setting-of-two-steps",
        ),
        pytest.param(
            "drop-outliers:fence=3:columns=a", [("drop-outliers", {"fence": 3.0, "columns": ("a",)})], id="two-settings"
        ),
        pytest.param("drop-outliers:fence=1e+3", [("drop-outliers", {"fence": 1000.0})], id="plus-in-a-number"),
        pytest.param(
            "drop-outliers:fence=1e+3+smogn:perturbation=1e-3",
            [("drop-outliers", {"fence": 1000.0}), ("smogn", {"perturbation": 0.001})],
            id="plus-after-a-number",
        ),
        pytest.param("clip-outliers:columns=a,b", [("clip-outliers", {"columns": ("a,b",)})], id="columns"),
        pytest.param("log1p:columns=a=b", [("log1p", {"columns": ("a=b",)})], id="equals-sign-in-a-column"),
    ],
)
def test_each_step_of_a_chain_has_its_own_settings(text: str, expected: list[tuple[str, dict[str, Any]]]) -> None:
    assert settings_of(text) == expected


def test_params_are_the_given_values_and_otherwise_the_defaults() -> None:
    neighbors, neighbor_search = find_technique("smote").settings
    params = parse_chain("smote:neighbors=3").steps[0].params
    assert (params[neighbors], params[neighbor_search]) == (3, "auto")
    assert TechniqueParams()[neighbors] == 5


def test_defaults_apply_to_steps_that_have_the_setting_and_do_not_set_it() -> None:
    chain = "smote:neighbors=3+random-over+adasyn+borderline-smote:kind=2"
    assert settings_of(chain, {"neighbors": "7"}) == [
        ("smote", {"neighbors": 3}),
        ("random-over", {}),
        ("adasyn", {"neighbors": 7}),
        ("borderline-smote", {"kind": 2, "neighbors": 7}),
    ]


def test_neighbors_on_the_command_line_do_not_override_those_of_a_step(run: Run) -> None:
    argv = ["resample", ORDERS, "-t", "fraud", "-q"]
    own = run(*argv, "--technique", "smote:neighbors=3").out
    assert run(*argv, "--technique", "smote:neighbors=3+tomek-links", "-k", 2, code=2).out == b""
    assert run(*argv, "--technique", "smote", "-k", 3).out == own
    assert run(*argv, "--technique", "smote", "-k", 2).out != own


@given(chains)
def test_the_name_of_a_chain_parses_to_the_same_chain(text: str) -> None:
    chain = parse_chain(text)
    assert parse_chain(chain.name) == chain
    assert parse_chain(chain.name).name == chain.name


@given(st.lists(steps(last=False), min_size=1, max_size=3).map("+".join))
def test_the_name_of_a_chain_with_defaults_needs_no_defaults(text: str) -> None:
    chain = parse_chain(text, {"neighbors": "7"})
    assert parse_chain(chain.name) == chain
