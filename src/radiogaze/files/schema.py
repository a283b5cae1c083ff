"""JSON schemas of the tables and settings that people edit, and one-line errors for their typos."""

import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, cast

import jsonschema
import yaml

from radiogaze.errors import RadiogazeError, brief_repr

_SCHEMAS = resources.files("radiogaze.files") / "schemas"
_MAX_SHOWN = 200  # characters of a value in a message
_MAX_DEPTH = 50  # levels of a value; what people write has a handful
_MAX_PARTS = 100_000  # of a value, each counted as often as it is named


def load_schema(name: str) -> dict[str, Any]:
    """Return the packaged schema ``<name>.schema.yaml``."""
    text = _SCHEMAS.joinpath(f"{name}.schema.yaml").read_text("utf-8")
    return yaml.safe_load(text)


def validate(instance: Any, schema: dict[str, Any], where: str) -> None:
    """Check ``instance`` against a JSON schema.

    Three things that YAML and Python allow and a schema's author does not mean are refused too:
    keys that are no text (a bare ``on`` is true), a whole number written as ``2.0``, and text
    whose last line break hides behind a pattern's ``$``.

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


def _check_keys(instance: Any, where: str) -> None:
    """Refuse keys that are no text, and values that aliases make endless or too large to check."""
    waiting, parts = [(instance, 0)], 0
    while waiting:
        value, depth = waiting.pop()
        parts += 1
        if depth > _MAX_DEPTH or parts > _MAX_PARTS:
            raise RadiogazeError(f"{where}: nested too deeply or too large; write it out plainly")
        if isinstance(value, dict):
            for key in value:
                if not isinstance(key, str):
                    raise RadiogazeError(
                        f"{where}: found the key {_shown(key)}, expected text; put it in quotes"
                    )
        inside = value.values() if isinstance(value, dict) else value
        if isinstance(value, dict | list):
            waiting += [(part, depth + 1) for part in inside]


def _is_whole(_: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _pattern(
    _: Any, pattern: str, instance: Any, schema: dict[str, Any]
) -> Iterator[jsonschema.exceptions.ValidationError]:
    """Match as JSON schemas mean it: Python's ``$`` would match before a last line break too."""
    if not isinstance(instance, str):
        return
    hidden = pattern.endswith("$") and instance.endswith("\n")
    if hidden or not re.search(pattern, instance):
        yield jsonschema.exceptions.ValidationError(f"{_shown(instance)} is not like {pattern}")


_Validator = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    validators={"pattern": _pattern},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole),
)


def _shown(value: Any) -> str:
    """Write a value as JSON has it, or briefly where it is long."""
    if isinstance(value, dict | list | int) and not isinstance(value, bool):
        text = brief_repr(value).replace("'", '"')
    else:
        text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def _explain(error: jsonschema.exceptions.ValidationError) -> str:
    """Say in a few words what a schema error means."""
    found = _shown(error.instance)
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
            return f"unknown key {', '.join(unknown)[:_MAX_SHOWN]}; allowed: {', '.join(known)}"
        case "pattern":
            hint = schema.get("description", f"text like {value}")
            return f"found {found}, expected {hint}"
        case _:
            return _brief(error)


def _brief(error: jsonschema.exceptions.ValidationError) -> str:
    """Take the library's own words, unless they quote a long value whole."""
    try:
        text = " ".join(error.message.split())
    except ValueError:
        text = ""
    if 0 < len(text) <= 2 * _MAX_SHOWN:
        return text
    return f"found {_shown(error.instance)}, which breaks the rule {error.validator}"


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
