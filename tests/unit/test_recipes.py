from dataclasses import fields, replace

import pytest

from radiogaze.augmentation.transform import SCHEMES
from radiogaze.campaigns.recipes import IVON, Posterior, Recipe, find_recipe, load_recipes
from radiogaze.campaigns.variants import load_sheet
from radiogaze.errors import RadiogazeError
from radiogaze.files.schema import load_schema
from radiogaze.training.bayes import PRIORS
from radiogaze.training.optimiser import OPTIMISERS
from radiogaze.training.stepper import LOSS_INPUTS


@pytest.fixture
def recipes(root):
    return root / "experiments/recipes.yaml"


def test_the_published_recipes(recipes):
    found = load_recipes(recipes)
    gating, equivariant = found["published-gating"], found["published-equivariant"]
    budget = (gating.learning_rate, gating.batch, gating.passes, gating.epochs)
    assert budget == (5e-5, 16, 72, 100)
    assert (gating.loss_input, gating.validation_passes) == ("probabilities", 360)
    budget = (equivariant.learning_rate, equivariant.batch, equivariant.passes)
    assert budget == (1e-5, 16, 16)
    assert (equivariant.epochs, equivariant.patience) == (1000, 500)
    for recipe in (gating, equivariant):
        assert recipe.weight_average is None
        assert not recipe.calibration_batches


def test_every_key_of_a_recipe_is_in_its_text_and_decides(recipes):
    """The text is a parameter of the rule that trains; three keys are added there if they are."""
    recipe = load_recipes(recipes)["modern"]
    for name in (field.name for field in fields(Recipe)):
        other = replace(recipe, **{name: "another"})
        assert other.deciding != recipe.deciding, name
        added = name in ("gradient_clip", "fixmatch", "posterior")
        assert (str(other) == str(recipe)) == added, name


def test_every_sheet_names_recipes_that_there_are(root, recipes):
    known = set(load_recipes(recipes))
    for sheet in (root / "experiments").glob("*.tsv"):
        assert {row.recipe for row in load_sheet(sheet).values()} <= known


def test_the_schema_allows_what_the_code_knows():
    allowed = load_schema("recipes")["properties"]
    assert set(allowed["loss_input"]["enum"]) == set(LOSS_INPUTS)
    assert set(allowed["optimiser"]["enum"]) == {*OPTIMISERS, IVON}
    posterior = allowed["posterior"]["properties"]
    assert set(posterior["prior"]["enum"]) == set(PRIORS)
    assert set(posterior) == {field.name for field in fields(Posterior)}
    assert set(allowed["augmentation"]["enum"]) == set(SCHEMES)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("optimiser: adamw", "optimiser: sgd", ["modern: optimiser", '"sgd"', "adam, adamw"]),
        ("warm_up: 0.15", "warm_up: 1.5", ["modern: warm_up", "1.5"]),
        ("warm_up: 0.15", "warm_up: .nan", ["modern: warm_up: found NaN, expected number"]),
        ("warm_up: 0.15", "warm_up: 1e-1", ["modern: warm_up", "number; write 1.0e-1, without"]),
        ("patience: none", "patience: never", ['patience: found "never", expected none or int']),
        ("weight_average: 0.995", "weight_average: 1", ["modern: weight_average"]),
        ("uncertain: 0.2}", "doubtful: 0.2}", ["modern: label_smoothing", "doubtful"]),
        ("  selection: last\n", "", ["modern", "selection"]),
        ("modern: &modern", "modern: &modern [", ["not a YAML file"]),
        ("zoom-ivon:", "zoom-bayes:", ["zoom-bayes stands twice, in lines"]),
    ],
)
def test_a_typo_names_recipe_and_key(recipes, tmp_path, old, new, parts):
    text = recipes.read_text("utf-8")
    assert old in text
    path = tmp_path / "recipes.yaml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(RadiogazeError) as caught:
        load_recipes(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert all(part in message for part in parts), message
    assert "\n" not in message


def test_an_unknown_recipe_is_answered_with_the_known_ones(recipes, tmp_path):
    with pytest.raises(RadiogazeError, match=r"no recipe x; it has: published-gating, .*modern"):
        find_recipe(load_recipes(recipes), "x", recipes)
    (tmp_path / "empty.yaml").write_text("")
    for path in (tmp_path / "empty.yaml", tmp_path / "none.yaml"):
        with pytest.raises(RadiogazeError, match=r"found none|no such file"):
            load_recipes(path)
