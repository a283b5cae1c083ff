"""Inputs as a careless or a hostile person would give them, drawn by hypothesis."""

from typing import Any

from hypothesis import strategies as st

# Text that means something to YAML, HTML, Markdown, LaTeX, a spreadsheet, a terminal or a disk.
LOADED = (
    *("</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>'),
    *("javascript:alert(1)", "[x](javascript:alert(1))", "\\input{/etc/passwd}", "$\\frac$"),
    *("=cmd|' /C calc'!A0", "+cmd|' /C calc'!A0", "@SUM(1)", "-12.3", "nan", "inf", "-0", "1e400"),
    *("../../etc/passwd", "/dev/null", "~nobody-at-all/x", "1_000", "٣", "none", "None", "true"),
    *("a\nradiogaze: fine", "a\x1b[31m", "a\u2028b", "a\u202eb", "caf\udce9", " range", ""),
    *("9" * 5000, "x" * 300),
)
texts = st.one_of(st.sampled_from(LOADED), st.text(max_size=12))
numbers = st.one_of(
    st.integers(-2, 12),
    st.sampled_from([2**63, 2**64, 10**30, 10**4000, -1]),
    st.floats(),
    st.sampled_from([2.0, 0.5]),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts, st.dates(), st.binary(max_size=4))
values = st.recursive(
    scalars,
    lambda inside: st.one_of(
        st.lists(inside, max_size=3),
        st.dictionaries(st.one_of(texts, scalars), inside, max_size=3),
    ),
    max_leaves=6,
)


@st.composite
def changed_values(draw: st.DrawFn, whole: Any) -> Any:
    """A copy of nested lists and dictionaries with one thing replaced, left out or added."""
    if isinstance(whole, dict) and whole and draw(st.integers(0, 3)):
        key = draw(st.sampled_from(sorted(whole, key=str)))
        return {**whole, key: draw(changed_values(whole[key]))}
    if isinstance(whole, list) and whole and draw(st.integers(0, 3)):
        place = draw(st.integers(0, len(whole) - 1))
        return [*whole[:place], draw(changed_values(whole[place])), *whole[place + 1 :]]
    if isinstance(whole, dict) and whole and draw(st.booleans()):
        if draw(st.booleans()):
            return {**whole, draw(st.one_of(texts, scalars)): draw(values)}
        lost = draw(st.sampled_from(sorted(whole, key=str)))
        return {key: value for key, value in whole.items() if key != lost}
    return draw(values)


@st.composite
def changed_tables(draw: st.DrawFn, text: str, delimiter: str, cells: st.SearchStrategy) -> bytes:
    """A table with a cell, a header's cell, a line or a few bytes changed."""
    lines = [line.split(delimiter) for line in text.splitlines()]
    how = draw(st.sampled_from(["cell", "cell", "header", "line", "bytes", "double", "column"]))
    row = 0 if how == "header" else draw(st.integers(0, len(lines) - 1))
    place = draw(st.integers(0, len(lines[row]) - 1))
    if how in ("cell", "header"):
        lines[row][place] = draw(cells)
    elif how == "line":
        lines[row] = draw(st.sampled_from([[], [""], lines[row] * 2, lines[row][:-1]]))
    elif how == "double":
        lines.append(lines[row])
    elif how == "column":
        lines = [[*line, line[place % len(line)]] for line in lines]
    data = "\n".join(delimiter.join(line) for line in lines).encode("utf-8", "surrogateescape")
    return draw(changed_bytes(data)) if how == "bytes" else data


@st.composite
def changed_bytes(draw: st.DrawFn, data: bytes, most: int = 4) -> bytes:
    """A file with a few bytes changed, cut out, put in, or its end lost."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, most))):
        place = draw(st.integers(0, max(len(changed) - 1, 0)))
        how = draw(st.sampled_from(["change", "insert", "delete", "cut", "fill"]))
        if how == "change" and changed:
            changed[place] = draw(st.integers(0, 255))
        elif how == "insert":
            changed[place:place] = draw(st.binary(min_size=1, max_size=8))
        elif how == "delete":
            del changed[place : place + draw(st.integers(1, 64))]
        elif how == "cut":
            del changed[place:]
        else:
            changed[place : place + 8] = draw(st.sampled_from([b"\xff" * 8, b"\0" * 8, b"9" * 8]))
    return bytes(changed)
