"""Which module builds which table; imports nothing, because the workflow reads it too."""

# The module that builds each table of each paper; only gating's Tables 1 and 2 need the networks,
# hence torch.
TABLES = {
    "gating": {
        "01": "gating.architecture",
        "02": "gating.architecture",
        "03": "gating.normalisations",
        "04": "gating.counts",
        "05": "gating.counts",
        "06": "performance",
        "07": "performance",
        "08": "performance",
        "09": "performance",
        "10": "gating.misclassified",
        "07_order": "gating.orders",
        "08_order": "gating.orders",
    },
    "equivariant": {"01": "equivariant.networks", "01_controls": "equivariant.controls"},
}
