"""JSON schemas of the tables and settings that people edit, and one-line errors for their typos."""

import json
from importlib import resources
from pathlib import Path
from typing import Any, cast

import jsonschema
import yaml

from radiogaze.errors import RadiogazeError


def load_schema(name: str) -> dict[str, Any]:
    """Return the packaged schema ``<name>.schema.yaml``."""
    text = resources.files(__name__).joinpath(f"{name}.schema.yaml").read_text("utf-8")
    return yaml.safe_load(text)


def validate(instance: Any, schema: dict[str, Any], where: str) -> None:
    """Check ``instance`` against a JSON schema.

    Parameters
    ----------
    instance
        The value to check.
    schema
        A JSON schema (draft 2020-12).
    where
        What is being checked, e.g. ``"config.yaml"``; the error begins with it.

    Raises
    ------
    RadiogazeError
        In one line: where, which key, what is wrong and which values are allowed.
    """
    validator = jsonschema.Draft202012Validator(schema)
    errors = list(validator.iter_errors(instance))
    if not errors:
        return
    error = jsonschema.exceptions.best_match(errors)
    key = ".".join(str(part) for part in error.absolute_path)
    raise RadiogazeError(": ".join(part for part in (where, key, _explain(error)) if part))


def _explain(error: jsonschema.exceptions.ValidationError) -> str:
    """Say in a few words what a schema error means."""
    found = json.dumps(error.instance, default=str, ensure_ascii=False)
    schema = cast(dict[str, Any], error.schema)  # of the key at fault
    value: Any = error.validator_value
    match error.validator:
        case "enum":
            return f"found {found}, allowed: {', '.join(str(v) for v in value)}"
        case "type":
            expected = value if isinstance(value, str) else " or ".join(value)
            return f"found {found}, expected {expected}"
        case "additionalProperties":
            known = schema.get("properties", {})
            unknown = sorted(set(cast(dict[str, Any], error.instance)) - set(known))
            return f"unknown key {', '.join(unknown)}; allowed: {', '.join(known)}"
        case "pattern":
            hint = schema.get("description", f"text like {value}")
            return f"found {found}, expected {hint}"
        case _:
            return error.message.replace("\n", " ")


def validate_table(
    rows: list[dict[str, Any]], schema: dict[str, Any], path: Path, key: str
) -> None:
    """Check every row of a table; the error names the file, the row (by its key) and the column.

    Parameters
    ----------
    rows
        The table, one dictionary a row.
    schema
        The schema of one row.
    path
        The table's file, for the error.
    key
        The column whose value names a row.

    Raises
    ------
    RadiogazeError
        On the first row that does not fit.
    """
    for number, row in enumerate(rows, start=1):
        validate(row, schema, f"{path}: row {number} ({row.get(key, '?')})")
