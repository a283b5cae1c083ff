"""What each figure of each paper is drawn from, and by which function.

Imports no plotting library: the workflow reads it too.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter, methodcaller

from radiogaze.campaigns.controls import recipes_of
from radiogaze.campaigns.doubt import compares_doubt
from radiogaze.campaigns.few_labels import curves_of_labels
from radiogaze.campaigns.need import Need
from radiogaze.campaigns.plan import EVERY_VARIANT, FIGURE_3_SOURCE, PaperPlan
from radiogaze.campaigns.scored import networks_scored

Needs = Callable[[PaperPlan], Sequence[Need] | None]
Variants = Callable[[PaperPlan], list[str]]


def _first_run(option: str, kind: str, variants: Variants) -> Needs:
    """Need a file of the first run of some variants, where a campaign has such."""
    return lambda plan: plan.of_first_run(option, kind, variants(plan)) or None


def _doubt(*tables: str) -> Needs:
    """Need tables of ``radiogaze doubt``, where a campaign makes them."""
    return lambda plan: (
        [plan.need("measured", "doubt", name, table=name) for name in tables]
        if compares_doubt(plan)
        else None
    )


def _measured(*names: str) -> Needs:
    """Need tables of the cross-validation, where a campaign compares networks of no paper."""
    return lambda plan: (
        [plan.need("measured", "cross_validated", name, table=name) for name in names]
        if plan.folds and not plan.of_a_paper
        else None
    )


def _errors(plan: PaperPlan) -> Sequence[Need] | None:
    """Need the same, and what others published."""
    found = _measured("networks", "seeds")(plan)
    return found and [*found, plan.need("measured", "published_networks", "published")]


def _hard_sources(plan: PaperPlan) -> Sequence[Need] | None:
    """Need the ranking of the labels, and the cutouts."""
    found = _measured("labels")(plan)
    return found and [*found, *plan.cutouts("mirabest")]


def _one_of_each_kind(plan: PaperPlan) -> Sequence[Need] | None:
    """Need the maps of the first variant with gates of each architecture."""
    if not plan.folds or plan.of_a_paper:
        return None
    first: dict[str, str] = {}
    for row in plan.sheet.values():
        if row.gates:
            first.setdefault(row.architecture, row.variant)
    return plan.of_first_run("examples", "examples", first.values())


def _primary(plan: PaperPlan) -> list[str]:
    return [plan.primary] if plan.has_primary else []


_grid = attrgetter("grid")
_table_1, _table_6, _table_7 = (methodcaller("variants_of_table", number) for number in "167")
_gated_1, _gated_7, _gated_9 = (methodcaller("gated_of_table", number) for number in "179")


def _architecture(plan: PaperPlan) -> list[Need] | None:
    kind = "architecture"
    return [plan.need(kind, kind, variant=name) for name in _primary(plan)] or None


def _through_training(option: str, kind: str) -> Needs:
    """Need a file of the primary model at each checkpoint, where a campaign has it."""
    return lambda plan: plan.through_training(option, kind) if plan.has_primary else None


def _steps(plan: PaperPlan) -> list[Need] | None:
    return None if plan.synthetic else [plan.need("steps", "steps", source=FIGURE_3_SOURCE)]


def _predictions(variants: Variants) -> Needs:
    kinds = ("logits", "predictions")
    return lambda plan: (
        [need for kind in kinds for need in plan.of_first_run(kind, kind, variants(plan))] or None
    )


def _scores(plan: PaperPlan) -> list[Need] | None:
    """Need the tables of the scores of attention maps, and the kinds of their networks."""
    tables = ("gaze_all", "evidence", "interventions")
    scored = plan.of_first_run("examples", "gaze_examples", networks_scored(plan))
    if not scored:
        return None
    return [
        *scored,
        *(plan.need("table", "table_csv", name, table=name) for name in tables),
    ]


def _accuracies(numbers: Mapping[str, str]) -> Needs:
    """Need those tables that have networks, unless the sky is synthetic, unlike the papers'."""
    return lambda plan: (
        [
            plan.need("measured", "table_csv", name, table=name)
            for name, number in numbers.items()
            if plan.of_a_paper and not plan.synthetic and plan.variants_of_table(number)
        ]
        or None
    )


def _explanations(plan: PaperPlan) -> list[Need] | None:
    where = [{"variant": name, "run": plan.runs[0]} for name in _primary(plan)]
    return [plan.need("explanations", "grad_cam", **at) for at in where] or None


def _histories(plan: PaperPlan) -> list[Need] | None:
    """Need the history of every training; released weights come without one."""
    return plan.of_every_run("history", "history", plan.variants) if plan.trained else None


def _recipes(plan: PaperPlan) -> list[Need] | None:
    """Need the histories of the primary model by every recipe, if there are several."""
    found = recipes_of(plan) if plan.trained and plan.has_primary else []
    return plan.of_every_run("history", "history", found) if found else None


def _by_seed(option: str, kind: str, variants: Variants) -> Needs:
    """Need a file of every seed that some variants have in common, where they have two or more."""

    def needs(plan: PaperPlan) -> list[Need] | None:
        names = variants(plan)
        runs = min((plan.runs_of(name) for name in names), key=len, default=[])
        where = [{"variant": name, "run": run} for name in names for run in runs]
        named = [plan.need(option, kind, f"{at['variant']}/{at['run']}", **at) for at in where]
        return named if len(runs) > 1 else None

    return needs


def _loss_curves(plan: PaperPlan) -> list[Need] | None:
    """Need the histories, and the published curves unless the sky is synthetic."""
    found = plan.of_every_run("history", "history", _table_1(plan))
    published = [] if plan.synthetic else [plan.need("published-curves", "published_curves")]
    return found + published if found else None


_ATTENTION = _first_run("aggregate", "attention", _primary)
DRAWN: dict[str, dict[str, tuple[str, Needs]]] = {
    "gating": {
        "fig01": ("gating.architecture:draw_gate", _architecture),
        "fig02": ("gating.architecture:draw_network", _architecture),
        "fig03": ("gating.preprocessing:draw", _steps),
        "fig04": ("gating.examples:draw_sources", _first_run("examples", "examples", _primary)),
        "fig05": ("gating.examples:draw_grid", _first_run("examples", "examples", _grid)),
        "fig06": ("gating.examples:draw_by_gates", _first_run("examples", "examples", _gated_9)),
        "fig07": (
            "gating.examples:draw_through_training",
            _through_training("examples", "examples"),
        ),
        "fig08": ("gating.aggregates:draw_mean_difference", _ATTENTION),
        "fig09": ("gating.aggregates:draw_by_gate", _ATTENTION),
        "fig10": (
            "gating.aggregates:draw_through_training",
            _through_training("aggregate", "attention"),
        ),
        "fig11": ("gating.aggregates:draw_by_prediction", _ATTENTION),
        "fig12": ("gating.aggregates:draw_by_confidence", _ATTENTION),
        "fig13": ("gating.aggregates:draw_grid", _first_run("aggregate", "attention", _grid)),
        "fig14": (
            "gating.examples:draw_misclassified",
            _first_run("examples", "misclassified_maps", _primary),
        ),
        "figA1": ("gating.metrics_illustration:draw_roc", lambda _: []),
        "figA2": ("gating.metrics_illustration:draw_auc", lambda _: []),
        "confusion": ("gating.confusion:draw", _first_run("metrics", "metrics", _table_6)),
        "roc": ("gating.roc:draw", _predictions(_table_6)),
        "accuracies": ("accuracies:draw", _accuracies({f"0{n}": n for n in "6789"})),
        "calibration": ("calibration:draw", _predictions(_table_7)),
        "learning_curve": ("learning_curve:draw", _histories),
        "recipe": ("gating.recipe:draw", _recipes),
        "seeds_aggregate": (
            "gating.seeds:draw_spread",
            _by_seed("aggregate", "attention", _primary),
        ),
        "fig05_by_seed": (
            "gating.seeds:draw_examples",
            _by_seed("examples", "examples", _gated_7),
        ),
        "fig13_by_seed": (
            "gating.seeds:draw_aggregates",
            _by_seed("aggregate", "attention", _gated_7),
        ),
        "gradcam": ("gating.gradcam:draw", _explanations),
        "gaze_grid": ("gating.gaze:draw_grid", _scores),
        "gaze_curves": (
            "gating.gaze:draw_curves",
            _first_run("curves", "gaze_curves", _gated_7),
        ),
        "doubt_risk": ("own.doubt:draw_risk", _doubt("curves", "families")),
        "doubt_temperature": ("own.doubt:draw_temperature", _doubt("families")),
        "doubt_pruning": ("own.doubt:draw_pruning", _doubt("pruning")),
        "gaze_maps": (
            "gating.examples:draw_misclassified",
            _first_run("examples", "gaze_examples", _primary),
        ),
        "own_errors": ("own.errors:draw_errors", _errors),
        "own_fixed_split": ("own.errors:draw_fixed_split", _measured("fixed_split")),
        "own_maps": ("own.maps:draw", _one_of_each_kind),
        "own_hard_sources": ("own.hard_sources:draw", _hard_sources),
        "labels": ("own.labels:draw", curves_of_labels),
    },
    "equivariant": {
        "fig01": ("equivariant.loss_curves:draw", _loss_curves),
        "fig02": (
            "equivariant.attention_by_model:draw",
            _first_run("examples", "examples", _gated_1),
        ),
        "fig02_as_trained": (
            "equivariant.attention_by_model:draw",
            _first_run("examples", "examples_as_trained", _gated_1),
        ),
        "fig03": (
            "equivariant.class_difference:draw",
            lambda plan: plan.aggregates(plan.differenced, plan.runs[:1]) or None,
        ),
        "equivariance": (
            "equivariant.equivariance_error:draw",
            _first_run("equivariance", "equivariance", _table_1),
        ),
        "accuracies": ("accuracies:draw", _accuracies({"01_controls": EVERY_VARIANT})),
        "calibration": ("calibration:draw", _predictions(_table_1)),
        "learning_curve": ("learning_curve:draw", _histories),
    },
}
