"""What is compared at each number of labels in a campaign; docs/labels.md has the protocol."""

from radiogaze.campaigns.need import Need
from radiogaze.campaigns.plan import PaperPlan
from radiogaze.terms import REST

_LABELLED = "mirabest"


def has_labels(plan: PaperPlan) -> bool:
    """Whether a variant of the sheet has a number of labels."""
    return any(row.labels for row in plan.sheet.values())


def needs_of_labels(plan: PaperPlan) -> list[Need]:
    """Name what ``radiogaze label-efficiency`` reads.

    The predictions of every run, the features of MiraBest in the networks that others start
    from, and those of MiraBest and of the unlabelled data sets in the sheet's first network.
    """
    rows = plan.sheet.values()
    # others are only started from
    tested = [name for name in plan.variants if plan.sheet[name].is_of_mirabest]
    starts = dict.fromkeys(row.start for row in rows if row.start)
    others = dict.fromkeys(row.unlabelled for row in rows if row.unlabelled not in (None, REST))
    features = [(name, run, _LABELLED) for name in starts for run in plan.runs_of(name)]
    first = next(iter(plan.sheet))
    features += [(first, plan.runs[0], dataset) for dataset in (_LABELLED, *others) if dataset]
    return [
        *plan.cutouts(_LABELLED),
        *plan.of_every_run("predictions", "predictions", tested),
        *(
            plan.need(
                "features",
                "features",
                f"{name}/{run}/{dataset}",
                variant=name,
                run=run,
                dataset=plan.dataset(dataset),
            )
            for name, run, dataset in features
        ),
    ]


def curves_of_labels(plan: PaperPlan) -> list[Need] | None:
    """Name what the figure of the error by labels is drawn from; None without such variants."""
    if not has_labels(plan):
        return None
    tables = ("curves", "power_laws")
    return [plan.need("measured", "label_efficiency", name, table=name) for name in tables]
