"""What the trainings of a campaign cost, here and on a card."""

import dataclasses

import pytest
from plan_tools import PRIMARY

from radiogaze.campaigns.training_cost import CardCosts, card_cost, explain_cost, total_cost
from radiogaze.files.rows import read_rows


@pytest.fixture
def card(root) -> CardCosts:
    tables = ("operations", "card_rates")
    return CardCosts(*(read_rows(root / f"workflow/reference/{name}.csv", ",") for name in tables))


def test_without_a_gpu_the_cost_is_one_line(campaigns, root, card):
    costs = read_rows(root / "workflow/reference/training_costs.csv", ",")
    text = explain_cost(campaigns["paper"], costs, card)
    assert text.startswith("campaign paper: no GPU here; its 155 trainings compute ")
    assert "75 hours (the primary model) or 20 hours (LeNet) or 1245 hours (C8-Attention)" in text
    assert "run `snakemake released` for the authors' models or `make demo`" in text
    assert "\n" not in text
    text = explain_cost(campaigns["controls"], costs, card)
    assert "its 165 trainings compute" in text
    assert "primary" not in text


def test_the_cost_on_a_card_is_its_operations_over_its_rate(campaigns, card):
    whole = campaigns["controls"]
    plan = whole.paper("equivariant")
    names = ("lenet", "d8-attention-9x9", "c8-attention-mean", "c8-attention-per-image")
    names += ("d8-attention-per-image",)  # in no table of operations
    few = dataclasses.replace(plan, sheet={name: plan.sheet[name] for name in names})
    row = {"sheet": plan.budget["sheet"], "gigabytes": "2.5"}
    operations = [
        {**row, "variant": name, "petaflop": petaflop}
        for name, petaflop in zip(names[:4], ("7", "3600", "720", "720"), strict=True)
    ]
    rate = {"card": "Card", "source": "measured", "teraflops": "100"}
    rates = [{**rate, "precision": "fp32"}, {**rate, "precision": "tf32", "teraflops": "200"}]
    own = dataclasses.replace(whole, papers={"equivariant": few})
    total, *networks = card_cost(own, CardCosts(operations, rates)).splitlines()
    # five seeds each; LeNet is trained in the campaign `paper`
    assert total.startswith(
        "15 trainings compute 25 exaFLOP: about 35 hours of one Card in tf32 at"
    )
    assert "200 TFLOP/s (measured)" in total
    assert total.endswith("; not measured, not in the sums: d8-attention-per-image")
    assert networks == [
        "  d8-attention-9x9: 3.6 exaFLOP, 5 hours, 2.5 GB of memory each",
        "  c8-attention-mean and 1 like it: 0.72 exaFLOP, 1 hours, 2.5 GB of memory each",
    ]
    settings = {**whole.settings, "precision": "fp32"}
    slow = dataclasses.replace(own, settings=settings)
    assert "70 hours of one Card in fp32" in card_cost(slow, CardCosts(operations, rates))
    folded = dataclasses.replace(few, settings={**settings, "cross_validation": 1})
    folded = dataclasses.replace(slow, papers={"equivariant": folded})
    assert card_cost(folded, CardCosts(operations, rates)).startswith("45 trainings compute 76 exa")
    assert CardCosts(operations, rates).hours(few, "d8-attention-9x9") == pytest.approx(5)
    assert CardCosts(operations, rates).hours(few, "unknown") == 0


def test_what_every_training_of_the_paper_computes_is_known(campaigns, card):
    for name in ("paper", "controls"):
        for plan in campaigns[name].papers.values():
            assert set(card.of(plan)) == {each for each in plan.sheet if plan.trains(each)}


def test_the_cost_of_a_campaign_counts_seeds_and_folds_and_names_what_was_not_measured(campaigns):
    whole = campaigns["retrained"]
    plan = whole.paper("gating")
    names = ("mirabest-fc-0g", f"{PRIMARY}-150px", "frdeep-classic")
    few = dataclasses.replace(plan, sheet={name: plan.sheet[name] for name in names})
    columns = ("architecture", "group", "width_divisor", "gates", "kernel", "size")
    kinds = [("ag-cnn", "none", "1", "0", "3", "80"), ("ag-cnn", "none", "1", "3", "3", "150")]
    costs = [
        {**dict(zip(columns, kind, strict=True)), "minutes": minutes, "megabytes": "100"}
        for kind, minutes in zip(kinds, ("10", "100"), strict=True)
    ]
    text = total_cost(dataclasses.replace(whole, papers={"gating": few}), costs, {})
    assert text.startswith(f"{5 + 10 + 3 + 5} trainings in all: about 450 minutes (8 hours)")
    assert "1.8 GB" in text
    assert text.endswith("not measured, not in the sums: frdeep-classic")
    # ten networks of its sheet are trained in the campaign `own`
    assert total_cost(campaigns["labels"], costs, {}).startswith("233 trainings in all")
