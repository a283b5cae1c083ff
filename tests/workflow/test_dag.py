"""What the DAG holds, and how it answers to a typo."""

import re


def jobs(output: str) -> dict[str, int]:
    """The job counts of a dry run."""
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", output, re.MULTILINE)}


def test_quick_holds_everything_and_released_the_same(snakemake):
    for campaign in ("quick", "released"):
        found = jobs(snakemake("-n", campaign).stdout)
        assert found.pop("total") == 59
        assert found == {
            "fetch_dataset": 2,
            "fetch_weights": 22,
            "prepare": 2,
            "evaluate": 22,
            "tabulate": 10,
            campaign: 1,
        }


def test_one_table_asks_for_what_it_needs_alone(snakemake):
    table = "paper_tables/quick/gating/table{}.md"
    assert jobs(snakemake("-n", table.format("01")).stdout) == {"tabulate": 1, "total": 1}
    counts = jobs(snakemake("-n", table.format("04")).stdout)
    assert counts == {"fetch_dataset": 1, "prepare": 1, "tabulate": 1, "total": 3}
    assert jobs(snakemake("-n", table.format("06")).stdout)["evaluate"] == 3


def test_a_typo_in_config_is_one_line_with_key_and_choices(snakemake, copy):
    path = copy / "config.yaml"
    text = path.read_text()
    spoilt = {
        text.replace("passes: 8", "passes: many"): 'campaigns.quick.passes: found "many"',
        text.replace(
            "device: auto", "device: gpu"
        ): 'device: found "gpu", allowed: auto, cpu, cuda',
        text.replace("mirror:", "miror:"): "unknown key miror; allowed: mirror, device",
    }
    for content, message in spoilt.items():
        path.write_text(content)
        done = snakemake("-n", "quick")
        assert done.returncode == 1
        assert f"config.yaml: {message}" in done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr


def test_a_typo_in_the_sheet_names_row_and_column(snakemake, copy):
    path = copy / "experiments/gating.tsv"
    path.write_text(path.read_text().replace("\tdeepsup\t", "\tdeep\t", 1))
    done = snakemake("-n", "quick")
    assert done.returncode == 1
    expected = 'row 7 (mirabest-range-deepsup-3g): aggregation: found "deep", allowed: none, mean'
    assert expected in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_campaign_of_ones_own(snakemake, copy):
    path = copy / "config.yaml"
    path.write_text(path.read_text() + "  mine: {weights: released, passes: 2, seed: 7}\n")
    done = snakemake("-n", "-p", "paper_tables/mine/gating/table06.md")
    assert "--passes 2 --seed 7" in done.stdout
    unknown = snakemake("-n", "paper_tables/yours/gating/table06.md")
    assert unknown.returncode == 1
