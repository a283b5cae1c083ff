# Functions that refuse, before a job runs, what its campaign's settings and data do not allow.


MIRABEST_TESTED = 153  # sources of the published test batch


def check_dataset(plan):
    """Refuse a data set of one's own that is not there, and examples that are no test sources."""
    name = plan.settings.get("dataset")
    if not name:
        drawn = plan.settings.get("cutouts", {}) if plan.synthetic else {}
        tested = drawn.get("test", MIRABEST_TESTED)
        check_examples(plan, f"campaigns.{plan.campaign}", [None] * tested)
    images = paths.images.format(dataset=name)
    archives = {row["dataset"] for row in DATASET_ROWS}
    synthetic = {
        SYNTHETIC.format(campaign=campaign, archive=archive)
        for campaign, found in CAMPAIGNS.items()
        for archive in archives
        if "cutouts" in found.settings
    }
    if not name or name in {*archives, *synthetic, "frdeep-disjoint"}:
        return
    if not Path(images).exists():
        raise RadiogazeError(
            f"config.yaml: campaigns.{plan.campaign}.dataset: no {images}; write it with"
            " `radiogaze adopt` (docs/extending.md), or correct the name"
        )
    check_examples(plan, name, tested_in(paths.catalogue.format(dataset=name)))


def check_examples(plan, name, classes):
    """Refuse examples that are no test sources, or not those that the figures and captions have."""
    where = f"config.yaml: campaigns.{plan.campaign}.{plan.paper}.examples"
    chosen, count = plan.budget.get("examples", []), len(classes)
    if max(chosen, default=-1) >= count:
        raise RadiogazeError(
            f"{where}: found {max(chosen)}, but {name} has {count} test sources; expected indices from 0 to"
            f" {count - 1}"
        )
    found = [classes[index] for index in chosen]
    if plan.paper == "gating" and found and None not in found and found != ["FRI", "FRII"]:
        raise RadiogazeError(
            f"{where}: found {chosen}, {' and '.join(found)} of {name}; expected an FRI and an FRII, in this"
            " order"
        )


@functools.cache
def tested_in(catalogue):
    """The class of each test source of a catalogue."""
    rows = read_rows(Path(catalogue), ",")
    if not all("split" in row for row in rows):
        raise RadiogazeError(f"{catalogue}: no column split; write it with `radiogaze adopt`")
    return [row.get("class") for row in rows if row["split"] == "test"]


def check_folds(plan, variants):
    """Refuse a cross-validation where there is no fold, before the seeds are trained."""
    if not plan.of_every_fold("", "", variants):
        raise RadiogazeError(
            f"config.yaml: campaigns.{plan.campaign}: no fold of {variants[0]}; cross_validation says how"
            " often there are ten, of variants of MiraBest without a number of seeds"
        )
