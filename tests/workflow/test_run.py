"""Real runs of the real workflow on the real archives, and their recovery."""

import shutil

TABLE = "paper_tables/quick/gating/table04.csv"


def test_from_a_bare_copy_to_a_table_and_nothing_the_second_time(snakemake, copy, mirror):
    first = snakemake(TABLE, RADIOGAZE_MIRROR=str(mirror))
    assert first.returncode == 0, first.stderr
    rows = (copy / TABLE).read_text().splitlines()
    assert rows[0] == "table,variant,metric,class,paper,ours,difference,margin,low,high,verdict"
    assert any("591" in row and "within rounding" in row for row in rows)
    second = snakemake(TABLE, RADIOGAZE_MIRROR=str(mirror))
    assert "Nothing to be done" in second.stdout + second.stderr
    # the mirror decides no result: another one, or none, reruns nothing
    third = snakemake("-n", TABLE, RADIOGAZE_MIRROR="")
    assert "Nothing to be done" in third.stdout + third.stderr


def test_a_changed_budget_reruns_what_depends_on_it(snakemake, copy, mirror):
    weights = (
        "resources/weights/0719Exp30-range_norm-MiraBestNOHYBRIDAdam-AGRadGalNetft-5e-05/95.pt"
    )
    target = "results/quick/gating/mirabest-fc-0g/released/metrics.json"
    config = copy / "config.yaml"
    config.write_text(config.read_text().replace("passes: 8", "passes: 1"))
    done = snakemake(target, RADIOGAZE_MIRROR=str(mirror))
    assert done.returncode == 0, done.stderr
    assert (copy / weights).is_file()
    assert "Nothing to be done" in snakemake("-n", target).stdout
    config.write_text(config.read_text().replace("passes: 1", "passes: 2"))
    rerun = snakemake("-n", target).stdout
    assert "evaluate" in rerun
    assert "fetch" not in rerun


def test_a_wrong_byte_stops_with_one_line_and_the_next_run_recovers(snakemake, copy, mirror):
    bad = copy / "mirror"
    bad.mkdir()
    archive = "MiraBest_full_batches.tar.gz"
    data = bytearray((mirror / archive).read_bytes())
    data[len(data) // 2] ^= 1
    (bad / archive).write_bytes(data)
    failed = snakemake(TABLE, RADIOGAZE_MIRROR="mirror", RADIOGAZE_ZENODO_API="http://127.0.0.1:9")
    output = failed.stdout + failed.stderr
    assert failed.returncode == 1
    errors = [line for line in output.splitlines() if "radiogaze: error:" in line]
    assert len(errors) == 1
    assert "mirabest.archive" in errors[0]
    assert "expected" in errors[0]
    assert "found" in errors[0]
    assert "Traceback" not in output
    assert not [p for p in (copy / "resources").rglob("*") if p.is_file()]
    shutil.copy(mirror / archive, bad / archive)
    assert snakemake(TABLE, RADIOGAZE_MIRROR="mirror").returncode == 0
    assert (copy / TABLE).is_file()
