"""What cannot be made is refused in one line, before anything is trained or downloaded."""

import re

import pytest


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


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("results/quick/gating/mine/released/metrics.json", "gating.tsv: no variant mine; it has:"),
        (
            "results/quick/gating/mirabest-range-ft-3g/seed-0/model.safetensors",
            "campaigns.quick: its weights are released, there is no seed-0; expected released",
        ),
        (
            "results/demo/gating/mirabest-range-ft-3g/released/metrics.json",
            "campaigns.demo: its weights are trained here, there is no released; expected seed-0",
        ),
        (
            "results/quick/gating/mirabest-range-ft-3g/epoch-5/metrics.json",
            "mirabest-range-ft-3g: no released weights for epoch-5; its epochs: 0, 1, 2, 3, 4, 6,",
        ),
        ("results/doubt/gating/cross_validation/networks.csv", "campaigns.doubt: no fold of zoom;"),
        (
            "results/demo/equivariant/lenet/seed-0/misclassified.csv",
            "campaigns.demo.equivariant: no key misclassify_passes, which lenet needs here",
        ),
        ("results/quick/gating/label_efficiency/errors.csv", "no row has a number of labels"),
        ("results/doubt/gating/zoom/calibration.json", "campaigns.doubt: no fold of zoom;"),
        ("results/quick/gating/doubt/families.csv", "campaigns.quick.gating: no key doubt"),
        (
            "results/quick/gating/mirabest-range-ft-3g/released/probe.npz",
            "campaigns.quick.gating: no key doubt",
        ),
    ],
)
def test_a_result_that_a_campaign_cannot_have_is_one_line(snakemake, target, message):
    assert message in refused(snakemake("-n", target, RADIOGAZE_MIRROR=""))


def test_examples_and_recipes_that_there_are_not_are_refused_before_a_job_runs(snakemake, copy):
    config, sheet = copy / "config.yaml", copy / "experiments/demo.tsv"
    text, rows = config.read_text(), sheet.read_text()
    for campaign, examples, count in (("demo", "[0, 12]", 24), ("quick", "[8, 92]", 153)):
        start = text.index(f"  {campaign}:\n")
        changed = text[start:].replace(f"examples: {examples}", f"examples: [0, {count}]", 1)
        config.write_text(text[:start] + changed)
        line = refused(snakemake("-n", campaign, RADIOGAZE_MIRROR=""))
        found = f"found {count}, but campaigns.{campaign} has {count} test sources; expected"
        where = f"config.yaml: campaigns.{campaign}.gating.examples"
        assert line == f"{where}: {found} indices from 0 to {count - 1}"
    config.write_text(text)
    sheet.write_text(rows.replace("\tmodern-small\t", "\tmodern-smal\t", 1))
    line = refused(snakemake("-n", "demo", RADIOGAZE_MIRROR=""))
    assert re.match(
        r"experiments/demo\.tsv: [a-z0-9-]+: recipe is modern-smal, expected one of", line
    )


def test_a_campaign_of_ones_own_names_its_missing_data_and_stands_once(snakemake, copy):
    path = copy / "config.yaml"
    text = path.read_text()
    path.write_text(
        text.replace("  own:\n", "  own:\n    dataset: mein\n").replace("originals: own", "")
    )
    for target in ("own", "results/own/gating/zoom/seed-0/history.csv"):
        line = refused(snakemake("-n", target, RADIOGAZE_MIRROR=""))
        assert line.startswith("config.yaml: campaigns.own.dataset: no resources/datasets/mein/")
    mine = copy / "resources/datasets/mein"
    mine.mkdir(parents=True)
    (mine / "images.npz").touch()
    (mine / "catalogue.csv").write_text("source_name,part\none,train\ntwo,test\n")
    line = refused(snakemake("-n", target, RADIOGAZE_MIRROR=""))
    assert line.startswith("resources/datasets/mein/catalogue.csv: no column split; write it with")
    (mine / "catalogue.csv").write_text("source_name,split\none,train\ntwo,test\n")
    line = refused(snakemake("-n", target, RADIOGAZE_MIRROR=""))
    assert line.startswith("config.yaml: campaigns.own.gating.examples: found 92, but mein has 1 ")
    rows = "".join(f"s{n},test,{'FRII' if n < 50 else 'FRI'}\n" for n in range(100))
    (mine / "catalogue.csv").write_text(f"source_name,split,class\n{rows}")
    line = refused(snakemake("-n", target, RADIOGAZE_MIRROR=""))
    found = (
        "config.yaml: campaigns.own.gating.examples: found [8, 92], FRII and FRI of mein; expected"
    )
    assert line.startswith(f"{found} an FRI and an FRII")
    another = "  quick:\n    dataset: synthetic-demo-mirabest\n"
    path.write_text(text.replace("  quick:\n", another))
    target = "results/quick/gating/mirabest-range-ft-3g/released/metrics.json"
    planned = snakemake("-n", target, RADIOGAZE_MIRROR="")
    assert "Drawing a synthetic sky" in planned.stdout, planned.stderr
    cutouts = "    cutouts:\n      train: 1500\n      test: 200\n"
    assert cutouts in text
    path.write_text(text.replace(cutouts, ""))
    line = refused(snakemake("-n", "labels", RADIOGAZE_MIRROR=""))
    assert line.startswith("config.yaml: campaigns.labels: no key cutouts")
    path.write_text(text.replace("  released:\n", "  quick:\n"))
    line = refused(snakemake("-n", "demo", RADIOGAZE_MIRROR=""))
    assert re.search(r"config\.yaml: quick stands twice, in lines \d+ and \d+; give each", line)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"mirror: x\n\tdevice: cpu\n", r"config\.yaml: not a YAML .*'\\t'.* line 2, column 1"),
        (b"orders: [file\n", r"config\.yaml: not a YAML file: .*line 1, column 9"),
        (b"mirror: K\xf6ln\n", r"config\.yaml: not a YAML file: .*can't decode byte 0xf6"),
        (b"", r"config\.yaml: expected keys, each with a value; found no key"),
    ],
)
def test_settings_that_are_no_yaml_are_named_with_the_line(snakemake, copy, content, message):
    (copy / "config.yaml").write_bytes(content)
    line = refused(snakemake("-n", "quick", RADIOGAZE_MIRROR=""))
    assert re.match(message, line), line


def test_released_weights_have_no_cost_and_are_there_of_the_primary_model(snakemake, copy):
    path = copy / "config.yaml"
    trained = (
        "    weights: trained\n    seed: 0\n    seeds: 10\n    cross_validation: 2\n"
        "    allow_cpu: true\n    gating:\n      sheet: experiments/own.tsv\n"
    )
    released = (
        "    weights: released\n    seed: 0\n    gating:\n      sheet: experiments/gating.tsv\n"
    )
    assert path.read_text().count(trained) == 1  # of a campaign with a target
    text = path.read_text().replace(trained, released)
    path.write_text(text.replace("    originals: own\n", ""))
    sheet = copy / "experiments/gating.tsv"
    folder = "0709Exp1-range_norm-MiraBestNOHYBRIDAdam-AGRadGalNetft-5e-05\t26"
    target = "figures/own/gating/fig07.png"
    assert snakemake("-n", target, RADIOGAZE_MIRROR="").returncode == 0
    sheet.write_text(sheet.read_text().replace(folder, "none\tnone"))
    line = refused(snakemake("-n", target, RADIOGAZE_MIRROR=""))
    primary = "experiments/gating.tsv: mirabest-range-ft-3g"
    assert line == f"{primary}: no released weights for released; its epochs: none"


def test_a_report_that_a_sheet_does_not_allow_is_one_line(snakemake, copy):
    path = copy / "experiments/demo.tsv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "sigmoid-mean" not in line))
    line = refused(snakemake("-n", "results/demo/report/index.html", RADIOGAZE_MIRROR=""))
    assert line.startswith("experiments/demo.tsv: tables: expected 8 in 16 rows")


def test_a_recipe_that_a_row_cannot_learn_by_is_refused_before_any_training(snakemake, copy):
    path = copy / "experiments/demo.tsv"
    path.write_text(path.read_text().replace("modern-small", "fixmatch-36"))
    line = refused(snakemake("-n", "demo", RADIOGAZE_MIRROR=""))
    assert line.startswith("experiments/demo.tsv: mirabest-range-ft-3g: unlabelled is none, but")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\t37\t7,8", "\t37\t7,99", "tables: found 99, expected none or some of 6, 7, 8, 9, the"),
        ("\t37\t7,8", "\t36\t7,8", "released_epoch: found 36, expected one of 37, those of"),
        ("\t0709Exp2-softmax", "\t0709Exp3-softmax", "released_folder: found 0709Exp3-softmax"),
        ("\tsoftmax\tnone\tft", "\tsoftmax\tbatch\tft", "scope is batch, expected none for norm"),
    ],
)
def test_a_cell_that_does_nothing_is_refused(snakemake, copy, old, new, message):
    path = copy / "experiments/gating.tsv"
    *others, row = path.read_text().partition("mirabest-softmax-ft-3g")
    assert old in row
    path.write_text("".join(others) + row.replace(old, new, 1))
    line = refused(snakemake("-n", "quick", RADIOGAZE_MIRROR=""))
    assert line.startswith(f"experiments/gating.tsv: mirabest-softmax-ft-3g: {message}")
