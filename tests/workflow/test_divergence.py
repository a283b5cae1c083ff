"""A training whose loss is no number is a result: the campaign ends, and its tables name it."""

import csv
import json


def test_a_diverging_training_ends_and_the_others_are_tabulated(snakemake, copy):
    config = copy / "config.yaml"
    text = config.read_text()
    for old, new in (
        ("train: 40", "train: 20"),
        ("test: 24", "test: 20"),
        ("seeds: 2", "seeds: 1"),
    ):
        assert old in text
        text = text.replace(old, new)
    config.write_text(text)
    recipes = copy / "experiments/recipes.yaml"
    recipes.write_text(
        recipes.read_text() + "\ndiverging:\n  <<: *modern\n  learning_rate: 1.0e+30\n"
    )
    sheet = copy / "experiments/demo.tsv"
    rows = sheet.read_text().splitlines()
    name = "mirabest-certain-range-ft-3g"
    rows = [row.replace("modern-brief", "diverging") if name in row else row for row in rows]
    sheet.write_text("\n".join(rows) + "\n")
    table, curve = "paper_tables/demo/gating/table06", f"figures/demo/gating/learning_curve_{name}"
    run = snakemake(f"{table}.csv", f"{table}.md", f"{curve}.png")
    assert run.returncode == 0, run.stderr
    result = json.loads((copy / f"results/demo/gating/{name}/seed-0/result.json").read_text())
    assert (result["status"], result["selected"]) == ("not-finite", None)
    with (copy / f"{table}.csv").open() as file:
        ours = {row["variant"]: row["ours"] for row in csv.DictReader(file)}
    assert not ours.pop(name)
    assert all(ours.values())
    assert "did not converge" in (copy / f"{table}.md").read_text()
    assert "Nothing to be done" in snakemake("-n", f"{table}.csv").stdout
