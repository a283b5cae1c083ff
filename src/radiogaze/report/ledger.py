"""What released weights reproduced of a paper, in two forms that machines read.

``repro.yaml`` is a manifest of claims-cli (https://pypi.org/project/claims-cli, ``repro/1``): every
printed number beside the cell of ours that ``claims verify`` compares it with.
``codecheck.yml`` is the configuration file of CODECHECK (https://codecheck.org.uk/spec/config/1.0/),
to which whoever checks the work adds ``codechecker`` and ``report``.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import write_text
from radiogaze.files.packaged import packaged_table
from radiogaze.files.rows import read_rows
from radiogaze.provenance.record import sha256_of
from radiogaze.report.cells import count_verdicts, read_table
from radiogaze.report.papers import PAPERS
from radiogaze.tables.verdict import decimals_of

_CLAIMS = "claims.csv"
_EVALUATIONS = "evaluations.tar.xz"
_COLUMNS = ("paper", "id", "section", "claim", "state", "reason")  # of the report's claims
_Row = Mapping[str, str]


def write_ledger(folder: Path, paper: str, citation: Path, repro: Path, codecheck: Path) -> int:
    """Write ``repro.yaml`` and ``codecheck.yml``, which must be at the root of a project.

    Parameters
    ----------
    folder
        Tables of a campaign and its ``claims.csv``; its name is the campaign's.
    paper
        The paper's short name.
    citation
        The project's ``CITATION.cff``, which has the paper among its references.
    repro, codecheck
        The files to write; paths in them are relative to the current folder.

    Returns
    -------
    int
        How many printed numbers are set beside ours.

    Raises
    ------
    RadiogazeError
        If the folder has no claims or tables or a table of our own training, whose verdict needs
        more than its columns, or the citation does not have the paper.
    """
    if not (folder / _CLAIMS).is_file() or not (paths := sorted(folder.glob("table*.csv"))):
        raise RadiogazeError(
            f"{folder}: no {_CLAIMS} or no table*.csv in it; expected the tables and claims of a"
            " campaign, such as docs/reproduction/released"
        )
    tables = {path: read_table(path) for path in paths}
    if trained := [path for path, rows in tables.items() if rows and "seeds" in rows[0]]:
        raise RadiogazeError(
            f"{trained[0]}: a table of our own training; expected those of released weights, whose"
            " margin decides whether a number agrees. Give a folder such as"
            " docs/reproduction/released"
        )
    claims = [row for row in _read_verdicts(folder / _CLAIMS) if row["paper"] == paper]
    cited = _find_paper(citation, PAPERS[paper].url)
    numbers = [_table_claim(path, rows) for path, rows in tables.items() if _is_printed(rows)]
    manifest = {
        "schema_version": "repro/1",
        "project": f"radiogaze: {cited['title']}",
        "artifacts": [_artifact(path) for path in (folder / _CLAIMS, *tables)],
        "claims": [*(_verdict(row) for row in claims), *numbers],
    }
    check = _codecheck(folder, paper, cited, tables, claims)
    _write(repro, manifest)
    _write(codecheck, check, explicit_start=True, version=(1, 1))
    return sum(len(claim["evidence"]) for claim in numbers)


def _read_verdicts(path: Path) -> list[dict[str, str]]:
    rows = read_rows(path, ",")
    if missing := [column for column in _COLUMNS if column not in rows[0]]:
        raise RadiogazeError(
            f"{path}: no column {', '.join(missing)}; expected the claims.csv of a report"
        )
    return rows


def _write(path: Path, content: Mapping[str, Any], **form: Any) -> None:
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120, **form)
    write_text(text, path)


def _find_paper(citation: Path, url: str) -> dict[str, Any]:
    try:
        references = yaml.safe_load(citation.read_text("utf-8"))["references"]
        found = [each for each in references if url.endswith(str(each.get("doi", each.get("url"))))]
        return dict(found[0])
    except (OSError, ValueError, LookupError, TypeError, AttributeError, yaml.YAMLError):
        raise RadiogazeError(f"{citation}: expected a reference to {url}; name it") from None


def _artifact(path: Path) -> dict[str, Any]:
    digest = {"algorithm": "sha256", "value": sha256_of(path)}
    return {"id": path.stem, "path": path.as_posix(), "digest": digest, "media_type": "text/csv"}


def _verdict(row: _Row) -> dict[str, Any]:
    """Return a claim of the paper in words; its evidence is its row in the file of verdicts."""
    quote = {"kind": "quote", "artifact": Path(_CLAIMS).stem, "text": row["claim"]}
    text = f"{row['claim']} Verdict: {row['state']}."
    return {"id": row["id"], "text": text, "where": row["section"], "evidence": [quote]}


def _is_printed(rows: Iterable[_Row]) -> bool:
    """Return whether a table is one of the paper's, and not ours about it."""
    return any(row["table"].isdigit() and _evidence("", row) for row in rows)


def _table_claim(path: Path, rows: list[dict[str, str]]) -> dict[str, Any]:
    """Return a table of the paper as a claim, each printed number with the cell of ours."""
    number = int(rows[0]["table"])
    evidence = [found for row in rows if (found := _evidence(path.stem, row))]
    text = f"The numbers of Table {number}: {_tally(rows)}."
    return {"id": path.stem, "text": text, "where": f"Table {number}", "evidence": evidence}


def _evidence(artifact: str, row: _Row) -> dict[str, Any]:
    """Return one printed number with the cell of ours, nothing if either is no number.

    The tolerance is the rule of :func:`radiogaze.tables.verdict.judge`: half a printed digit, and
    the margin of Monte Carlo error.
    """
    try:
        _, printed = Decimal(row["ours"]), Decimal(row["paper"])
        allowed = Decimal(5).scaleb(-decimals_of(str(printed)) - 1) + Decimal(row["margin"] or 0)
    except InvalidOperation:
        return {}
    where = {column: row[column] for column in ("variant", "metric", "class")}
    return {
        "kind": "table",
        "artifact": artifact,
        "name": f"{' '.join(where.values())}: {row['verdict']}",
        "reported": row["paper"],
        "column": "ours",
        "where": where,
        "mode": "absolute",
        "tolerance": str(allowed),
    }


def _codecheck(
    folder: Path,
    paper: str,
    cited: Mapping[str, Any],
    tables: Mapping[Path, list[dict[str, str]]],
    claims: Iterable[_Row],
) -> dict[str, Any]:
    made = f"paper_tables/{folder.name}/{paper}"
    files = sorted(path for path in folder.iterdir() if path.is_file())
    comments = {path: f"{made}/{path.name}: {_tally(rows)}" for path, rows in tables.items()}
    comments[folder / _CLAIMS] = f"results/{folder.name}/report/{_CLAIMS}"
    packed = f"results/{folder.name}/{paper}: metrics and predictions of its evaluations, packed"
    comments[folder / _EVALUATIONS] = packed
    dois = sorted({row["doi"] for row in read_rows(packaged_table("datasets.csv"), ",")})
    names = [f"{each['given-names']} {each['family-names']}" for each in cited["authors"]]
    return {
        "version": "https://codecheck.org.uk/spec/config/1.0/",
        "manifest": [
            {
                "file": path.as_posix(),
                "comment": f"made as {comments.get(path, f'{made}/{path.name}')}",
            }
            for path in files
        ],
        "paper": {
            "title": cited["title"],
            "authors": [{"name": name} for name in names],
            "reference": PAPERS[paper].url,
        },
        "source": "data: " + ", ".join(f"https://doi.org/{doi}" for doi in dois),
        "radiogaze": {
            "command": f"snakemake --cores all {folder.name}",
            "claims": {row["id"]: row["state"] for row in claims},
            "sha256": {path.as_posix(): sha256_of(path) for path in files},
        },
    }


def _tally(rows: Iterable[_Row]) -> str:
    return ", ".join(f"{count} {word}" for _, word, count in count_verdicts(rows))
