"""Every JSON output follows its published schema, and the schema promises nothing that does not occur."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from samples import ALL_TABLES
from shell import Run, run_command, run_train_eval

from rebalance.evaluate.metrics import METRICS
from rebalance.techniques.registry import TECHNIQUES

NAMES = ("inspect", "resample", "train-eval", "techniques", "manifest")

MAPS = {
    "by class or range": {
        *("neighbors", "weights", "counts", "counts_before", "counts_after", "prior_ratio"),
        *("training_totals", "classes"),
    },
    "by column": {"column_outliers", "clipped", "roles"},
    "by package": {"versions"},
}
"""The properties whose keys are not fields, and what they are."""

TEXT_TABLES = {
    "unlabeled": "x,kind\n" + "1,a\n2,b\n3,\n" * 20,
    "one-class": "x,kind\n1,a\n2,a\n",
    "two-rows-of-b": "x,y,kind\n" + "".join(f"{n},{n * n % 7},a\n" for n in range(30)) + "90,1,b\n91,2,b\n",
    "spike": "x,kind\n" + "".join(f"{n % 7},{max(n - 80, 0) ** 2}\n" for n in range(150)),
    "formulas": "x,note,kind\n" + "1,=1+1,a\n2,plain text,a\n3,=2+2,b\n" * 10,
}

INSPECT = {
    "classes": ("numeric",),
    "mixed-columns": ("mixed",),
    "many-classes": ("many-class",),
    "classes-only": ("mixed", "--classes-only"),
    "unlabeled": ("unlabeled",),
    "one-class": ("one-class",),
    "numeric-target": ("numeric-target",),
    "numeric-target-of-a-mixed-table": ("mixed-numeric-target",),
    "numeric-target-with-a-spike": ("spike",),
    "numeric-target-with-a-relevance": ("numeric-target", "--relevance", "0:1,40:0,100:1"),
}
RESAMPLE = {
    "synthetic": ("mixed", "--technique", "smote:neighbors=3"),
    "many-classes": ("many-class", "--technique", "adasyn", "--ratio", "0.5"),
    "few-rows": ("two-rows-of-b", "--technique", "smote"),
    "weights": ("numeric", "--technique", "class-weight"),
    "dry-run": ("numeric", "--technique", "random-under", "--dry-run"),
    "unlabeled": ("unlabeled", "--technique", "random-over", "--drop-unlabeled"),
    "numeric-target": ("numeric-target", "--technique", "smogn"),
    "numeric-target-weights": ("mixed-numeric-target", "--technique", "density-weight"),
    "numeric-target-transform": ("numeric-target", "--technique", "yeo-johnson"),
}
MANIFEST = {
    "synthetic": ("mixed", "--technique", "smote", "--trace", "trace.csv"),
    "settings": ("numeric", "--technique", "near-miss:version=2+borderline-smote:kind=2+effective-number:beta=0.9"),
    "clipped": ("many-class", "--technique", "rose", "--ratio", "0.8"),
    "counts": ("numeric", "--technique", "random-over", "--count", "rare=50", "--strict"),
    "a-class-without-a-row": ("two-rows-of-b", "--technique", "condensed-nn"),
    "holdout": ("numeric", "--technique", "none", "--holdout", "0.2", "--holdout-output", "held.csv"),
    "csv-safe": ("formulas", "--technique", "random-under", "--csv-safe"),
    "numeric-target": ("numeric-target", "--technique", "drop-outliers:fence=2+smogn:perturbation=0.1+density-weight"),
    "numeric-target-forest": ("mixed-numeric-target", "--technique", "drop-outliers:method=isolation-forest"),
    "transforms": ("numeric-target", "--technique", "clip-outliers:columns=width,visits+yeo-johnson+quantile-normal"),
    "log1p": ("mixed-numeric-target", "--technique", "log1p:columns=price"),
}
TRAIN_EVAL = {
    "classes": ("numeric", "--technique", "smote", "--technique", "class-weight", "--tune-thresholds"),
    "several-models": ("mixed", "--technique", "random-over", "--model", "random-forest", "--param", "n_estimators=5"),
    "many-classes": ("many-class", "--technique", "random-under", "--repeats", "2"),
    "one-test-part": ("numeric", "--technique", "smote", "--test-size", "0.3", "--optimize", "cost=1:5"),
    "numeric-target": ("numeric-target", "--technique", "smogn", "--technique", "density-weight", "--model", "ridge"),
    "numeric-target-transform": ("numeric-target", "--technique", "log1p:columns=visits", "--test-size", "0.3"),
}
CASES = {"inspect": INSPECT, "resample": RESAMPLE, "manifest": MANIFEST, "train-eval": TRAIN_EVAL}


@cache
def schema_of(name: str) -> dict[str, Any]:
    return json.loads(run_command("schema", name).text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all tables, `NAME.csv` each."""
    path = tmp_path_factory.mktemp("schemas")
    for name, data in {**ALL_TABLES, **{name: text.encode() for name, text in TEXT_TABLES.items()}}.items():
        (path / f"{name}.csv").write_bytes(data)
    return path


@pytest.fixture(scope="module")
def outputs(request: pytest.FixtureRequest, folder: Path) -> tuple[str, dict[str, Any]]:
    """The name of a schema, and real outputs of its kind by case."""
    name = request.param
    if name == "techniques":
        argv_of_case = {"all": (), "one": ("smote",)}
        return name, {case: json.loads(run_command(name, *argv, "--json").text) for case, argv in argv_of_case.items()}
    return name, {case: output_of_case(name, table, argv, folder) for case, (table, *argv) in CASES[name].items()}


def output_of_case(name: str, table: str, argv: list[str], folder: Path) -> Any:
    arguments = (f"{table}.csv", "-t", "kind", *argv, "--quiet")
    if name == "inspect":
        return json.loads(run_command(name, *arguments, "--json", cwd=folder).text)
    if name == "resample":
        return json.loads(run_command(name, *arguments, "--json", "-o", "out.csv", cwd=folder).text)
    if name == "manifest":
        run_command("resample", *arguments, "-o", "out.csv", "--manifest", "manifest.json", cwd=folder)
        return json.loads((folder / "manifest.json").read_bytes())
    folds = () if "--test-size" in argv else ("--cv", "2")
    models = () if "--model" in argv else ("--model", "ridge" if "numeric-target" in table else "logistic-regression")
    return json.loads(run_train_eval(*arguments, *folds, *models, "--json", cwd=folder).text)


of_every_schema = pytest.mark.parametrize("outputs", NAMES, indirect=True)
every_schema = pytest.mark.parametrize("name", NAMES)


@of_every_schema
def test_every_output_follows_its_schema_and_every_property_occurs(outputs: tuple[str, dict[str, Any]]) -> None:
    name, documents = outputs
    schema = schema_of(name)
    validator = Draft202012Validator(without_further_fields(schema))
    occurring: set[str] = set()
    for case, document in documents.items():
        errors = [f"{case}: {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)]
        assert not errors, "\n".join(errors)
        occurring.update(occurring_properties(schema, "", document, schema))
    defined = {f"{path}/{name}" for path, part in parts_of(schema) for name in part.get("properties", ())}
    assert occurring == defined


def without_further_fields(part: Any) -> Any:
    """The schema, strictly: the published one lets a later version add fields."""
    if isinstance(part, list):
        return [without_further_fields(item) for item in part]
    if not isinstance(part, dict):
        return part
    further = (
        {"additionalProperties": False} if isinstance(part.get("type"), str | list) and "properties" in part else {}
    )
    return {**{key: without_further_fields(value) for key, value in part.items()}, **further}


def resolve(part: dict[str, Any], path: str, schema: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The path and the part that a reference names, or else the part itself."""
    if "$ref" not in part:
        return path, part
    name = part["$ref"].removeprefix("#/$defs/")
    return f"/$defs/{name}", schema["$defs"][name]


def occurring_properties(part: Any, path: str, value: Any, schema: dict[str, Any]) -> Iterator[str]:
    """The paths of the properties of a schema that a valid value has."""
    path, part = resolve(part, path, schema)
    for index, option in enumerate(part.get("anyOf", ())):
        if Draft202012Validator({**option, "$defs": schema.get("$defs", {})}).is_valid(value):
            yield from occurring_properties(option, f"{path}/anyOf/{index}", value, schema)
    if isinstance(value, list) and "items" in part:
        for item in value:
            yield from occurring_properties(part["items"], f"{path}/items", item, schema)
    if isinstance(value, dict):
        for key, item in value.items():
            if key in part.get("properties", ()):
                yield f"{path}/{key}"
                yield from occurring_properties(part["properties"][key], f"{path}/{key}", item, schema)
            elif isinstance(part.get("additionalProperties"), dict):
                yield from occurring_properties(part["additionalProperties"], f"{path}/*", item, schema)


def parts_of(part: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """All parts of a schema that describe a value, with their paths."""
    yield path, part
    for name, definition in part.get("$defs", {}).items():
        yield from parts_of(definition, f"/$defs/{name}")
    for name, inner in part.get("properties", {}).items():
        yield from parts_of(inner, f"{path}/{name}")
    for index, option in enumerate(part.get("anyOf", ())):
        yield from parts_of(option, f"{path}/anyOf/{index}")
    if "items" in part:
        yield from parts_of(part["items"], f"{path}/items")
    if isinstance(part.get("additionalProperties"), dict):
        yield from parts_of(part["additionalProperties"], f"{path}/*")


@every_schema
def test_a_schema_is_a_valid_json_schema_of_draft_2020_12(name: str) -> None:
    schema = schema_of(name)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert schema["title"]
    assert schema["description"]
    Draft202012Validator.check_schema(schema)


@every_schema
def test_only_maps_by_label_column_or_package_describe_further_keys(name: str) -> None:
    maps = set().union(*MAPS.values())
    for path, part in parts_of(schema_of(name)):
        if "object" not in part.get("type", ()) and "properties" not in part:
            continue
        is_map = isinstance(part.get("additionalProperties"), dict)
        assert is_map or "additionalProperties" not in part, path
        assert is_map == (path.rpartition("/")[2] in maps and "properties" not in part), path


@every_schema
def test_every_property_has_a_description_and_is_required_unless_it_belongs_to_one_task(name: str) -> None:
    for path, part in parts_of(schema_of(name)):
        properties = part.get("properties", {})
        assert not [f"{path}/{key}" for key, inner in properties.items() if not inner.get("description", "").strip()]
        optional = properties.keys() - set(part.get("required", ()))
        if name == "inspect" and not path:
            optional -= {*part["then"]["required"], *part["else"]["required"]}
        assert not optional or path in ("/$defs/settings", "/$defs/parameters"), path


def test_metrics_are_described_as_in_reports() -> None:
    definitions = schema_of("train-eval")["$defs"]
    for kind in ("metrics", "differences", "values"):
        described = {
            metric: inner["description"]
            for task in ("classification", "regression")
            for metric, inner in definitions[f"{task}_{kind}"]["properties"].items()
        }
        assert described == {name: f"{metric.display_name}: {metric.explanation}." for name, metric in METRICS.items()}


def test_the_settings_in_a_manifest_are_those_of_the_registry() -> None:
    settings = schema_of("manifest")["$defs"]["settings"]["properties"]
    assert settings.keys() == {setting.name for technique in TECHNIQUES for setting in technique.settings}


def test_an_unknown_schema_is_a_usage_error_that_names_the_known_ones(run: Run) -> None:
    assert "train-eval" in run("schema", "traineval", code=2).err
