"""JSON schemas of the tables and settings that people edit, and one-line errors for their typos."""

import json
import math
import re
from importlib import resources
from pathlib import Path
from typing import Any, cast

import jsonschema
import yaml

from radiogaze.errors import RadiogazeError

_SCHEMAS = resources.files("radiogaze.files") / "schemas"
_MAX_SHOWN = 200  # characters of a value in a message


def load_schema(name: str) -> dict[str, Any]:
    """Return the packaged schema ``<name>.schema.yaml``."""
    text = _SCHEMAS.joinpath(f"{name}.schema.yaml").read_text("utf-8")
    return yaml.safe_load(text)


def validate(instance: Any, schema: dict[str, Any], where: str) -> None:
    """Check ``instance`` against a JSON schema.

    Three things that YAML allows and JSON does not mean are refused too: keys that are no text (a
    bare ``on`` is true), a whole number written as ``2.0``, and numbers that are not finite.

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
    _check_keys(instance, where)
    errors = list(_Validator(schema).iter_errors(instance))
    if not errors:
        return
    error = jsonschema.exceptions.best_match(errors)
    key = ".".join(str(part) for part in error.absolute_path)
    raise RadiogazeError(": ".join(part for part in (where, key, _explain(error)) if part))


def _check_keys(value: Any, where: str) -> None:
    """Refuse keys that are no text."""
    for key in value if isinstance(value, dict) else ():
        if not isinstance(key, str):
            raise RadiogazeError(
                f"{where}: found the key {_shown(key)}, expected text; put it in quotes"
            )
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            _check_keys(part, where)


def _is_whole(_: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_finite(_: Any, value: Any) -> bool:
    return _is_whole(_, value) or (isinstance(value, float) and math.isfinite(value))


_Validator = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_whole, "number": _is_finite}
    ),
)


def _shown(value: Any) -> str:
    """Write a value as JSON has it, briefly where it is long."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def _explain(error: jsonschema.exceptions.ValidationError) -> str:
    """Describe a schema error in a few words."""
    found = _shown(error.instance)
    schema = cast(dict[str, Any], error.schema)  # of the key at fault
    value: Any = error.validator_value
    match error.validator:
        case "enum":
            return f"found {found}, allowed: {', '.join(str(v) for v in value)}"
        case "type" | "anyOf" if expected := _types(value):
            return f"found {found}, expected {expected}{_hint(error.instance)}"
        case "additionalProperties":
            known = schema.get("properties", {})
            unknown = sorted(set(cast(dict[str, Any], error.instance)) - set(known))
            # in quotes where a space before or after it is all that is wrong, and would not be seen
            named = ", ".join(key if key == key.strip() else _shown(key) for key in unknown)
            return f"unknown key {named[:_MAX_SHOWN]}; allowed: {', '.join(known)}"
        case "contains" if "const" in value:
            return f"found {found}, expected {value['const']} among them"
        case "pattern":
            hint = schema.get("description", f"text like {value}")
            return f"found {found}, expected {hint}"
        case _:
            return " ".join(error.message.split())[: 2 * _MAX_SHOWN]


def _types(value: Any) -> str:
    """Name the types of a value, or the keys; nothing where an alternative is more than these."""
    options = value if isinstance(value, list) else [value]
    named = [o if isinstance(o, str) else o.get("const", o.get("type")) for o in options]
    keys = [key for o in options if not isinstance(o, str) for key in o.get("required", ())]
    return " or ".join(named if all(named) else [f"a key {key}" for key in keys])


def _hint(value: Any) -> str:
    """Say how to write a number that YAML took for text, as it does without a dot and a sign."""
    found = re.fullmatch(r"([-+]?[0-9]+(?:\.[0-9]*)?)[eE]([-+]?[0-9]+)", str(value))
    return f"; write {float(found[1])}e{int(found[2]):+d}, without quotes" if found else ""


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
        If a column is missing, or on the first row that does not fit.
    """
    required, known = schema.get("required", []), schema.get("properties", {})
    if rows:  # all have the header's columns; an unknown one may be a missing one's typo
        missing = [column for column in required if column not in rows[0]]
        if missing and rows[0].keys() <= known.keys():
            raise RadiogazeError(
                f"{path}: no column {', '.join(missing)}; expected: {', '.join(required)}"
            )
    for number, row in enumerate(rows, start=1):
        validate(row, schema, f"{path}: row {number} ({row.get(key, '?')})")
