"""Texts of tables that a spreadsheet would run as a formula when it opens them."""

import re

# OWASP, CSV Injection: what starts a formula, full-width characters included. After + or -, digits
# and the units of angles can call nothing: -12.3 and +45d44m46s are names.
_FORMULA = re.compile(r"[=@\t\r\n＝＠]|[+\-＋－](?![\d\s.:+°′″hdmse_-]*$)")


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet would run a text, rather than show it."""
    return _FORMULA.match(text) is not None


def escape_formula(text: str) -> str:
    """Return a text as it is, or after an apostrophe if a spreadsheet would run it."""
    return f"'{text}" if is_formula(text) else text
