# What the report of a campaign is made of.


def explored_of(campaign, paper):
    """The networks of the explorer: the four normalisations, or the equivariant paper's eight."""
    table = {"gating": "7", "equivariant": "1"}[paper]
    sheet = SHEETS[campaign][paper]
    return [
        name for name in variants_of(campaign, paper) if table in sheet[name].tables
    ]


def files_of_report(pattern, chosen=variants_of, runs=runs_of):
    """An input function: a file of each chosen network of a campaign, of all its papers."""
    return lambda wildcards: [
        pattern.format(campaign=wildcards.campaign, paper=paper, variant=name, run=run)
        for paper in papers_of(wildcards.campaign)
        for name in chosen(wildcards.campaign, paper)
        for run in runs(wildcards.campaign)
    ]


def first_run_of(campaign):
    """The run that figures are drawn from."""
    return runs_of(campaign)[:1]


def figures_of_report(wildcards):
    """The figures of a campaign, as PNG."""
    return [
        path
        for paper in papers_of(wildcards.campaign)
        for path in figures_of(wildcards.campaign, paper)
        if path.endswith(".png")
    ]


def histories_of_report(wildcards):
    """The learning curves of our own training; released weights have none."""
    if wildcards.campaign not in TRAINED:
        return []
    return files_of_report(HISTORY)(wildcards)
