# Functions of the targets: the final outputs of a campaign.


@in_one_line
def tables_of(campaign, suffix):
    """Every table of a campaign in one format."""
    return [
        f"{paths.table}{suffix}".format(campaign=campaign, paper=paper, table=table)
        for paper, plan in CAMPAIGNS[campaign].papers.items()
        for table in tables_shown(plan)
    ]


@in_one_line
def images_of(campaign, suffix):
    """Every figure of a campaign in one format.

    Figure 3 needs an original FIRST image, which is in no archive. If the image is neither here nor
    in a mirror that is a folder, the figure is drawn only when it is requested by name, so that a campaign does not
    fail when a survey's service is down.
    """
    at_hand = [Path(paths.first_image.format(source=FIGURE_3_SOURCE))]
    if MIRROR:
        mirror = Path(MIRROR).expanduser()
        at_hand += [mirror / up / f"fits/{FIGURE_3_SOURCE}.fits" for up in (".", "..")]
    left_out = () if any(path.is_file() for path in at_hand) else (("gating", "fig03"),)
    return [
        f"{paths.figure}{suffix}".format(campaign=campaign, paper=paper, figure=name)
        for paper, plan in CAMPAIGNS[campaign].papers.items()
        for name in figures_of(plan)
        if (paper, name) not in left_out
    ]


def measured_of(campaign):
    """Measurements of a campaign that no table or figure shows."""
    return [need for plan in CAMPAIGNS[campaign].papers.values() for need in plan.measured]


def everything_of(campaign):
    """An input function: all final outputs of a campaign."""

    @in_one_line
    def files(_):
        find_campaign(campaign)
        return [
            *expand([paths.page, paths.explorer], campaign=campaign),
            *(path for suffix in (".csv", ".md", ".tex") for path in tables_of(campaign, suffix)),
            *(path for suffix in (".pdf", ".png") for path in images_of(campaign, suffix)),
            *paths_of(measured_of(campaign)),
        ]

    return files


def metrics_of(campaign):
    """An input function: the metrics of all networks of a campaign without folds."""

    @in_one_line
    def files(_):
        plans = find_campaign(campaign).papers.values()
        needs = [plan.of_every_run("", "metrics", plan.variants) for plan in plans]
        return paths_of(itertools.chain(*needs))

    return files


def cost_of(campaign):
    """What the trainings of a campaign cost, for a message; nothing if it has none."""
    found = CAMPAIGNS.get(campaign)
    if not found or not found.trained:
        return ""
    if not found.settings["allow_cpu"]:
        return f"Campaign {campaign}: {card_cost(found, CARD_COSTS)}"
    return f"Campaign {campaign}: {total_cost(found, NETWORK_ROWS, RECIPES_BY_NAME)}"


@functools.cache
def show_cost(campaign):
    """Print what the trainings of a campaign of one's own cost; those with a rule have it in their message."""
    if CAMPAIGNS[campaign].trained and not workflow.is_rule(campaign) and workflow.is_main_process:
        print(cost_of(campaign), file=sys.stderr)
    return []
