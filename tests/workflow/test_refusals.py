"""What cannot be made is refused in one line, before anything is trained or downloaded."""

import re


def refused(done) -> str:
    """The one line of a dry run that was refused."""
    assert done.returncode == 1
    assert not re.search("Traceback|Exception", done.stdout + done.stderr)
    (line,) = (
        line
        for line in (done.stdout + done.stderr).splitlines()
        if line.startswith("radiogaze: error: ")
    )
    return line.removeprefix("radiogaze: error: ")


def add_row(path, like, **cells):
    """Add a row to a sheet: another one with other cells."""
    lines = path.read_text().splitlines()
    columns = lines[0].split("\t")
    (row,) = (line.split("\t") for line in lines if line.startswith(f"{like}\t"))
    added = {**dict(zip(columns, row, strict=True)), **cells}
    path.write_text("\n".join([*lines, "\t".join(added.values())]) + "\n")


def test_a_fifth_normalisation_is_planned_in_table_7_and_refused_in_table_8(snakemake, copy):
    sheet = copy / "experiments/demo.tsv"
    text = sheet.read_text()
    row = {"variant": "tanh", "normalisation": "tanh"}
    add_row(sheet, "mirabest-softmax-ft-3g", **row, tables="7")
    planned = snakemake("-n", "-p", "demo", RADIOGAZE_MIRROR="")
    assert planned.returncode == 0, planned.stderr
    (table,) = re.findall(r"radiogaze tabulate 07 .*", planned.stdout)
    assert "results/demo/gating/tanh/seed-0/metrics.json" in table
    for tables, message in (
        ("7,8", "tables: expected 8 in 16 rows, one of each of the paper's"),
        ("6", "experiment sheet: Table 6: AG-CNN, MiraBest: expected one variant, found"),
    ):
        sheet.write_text(text)
        add_row(sheet, "mirabest-softmax-ft-3g", **row, tables=tables)
        assert message in refused(snakemake("-n", "demo", RADIOGAZE_MIRROR=""))
