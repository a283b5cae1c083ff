"""Which module builds which table; imports nothing, because the workflow reads it too."""

# The module that builds each table of each paper; only gating's Tables 1 and 2 need the networks,
# hence torch.
TABLES = {
    "gating": {
        "01": "architecture",
        "02": "architecture",
        "03": "normalisations",
        "04": "counts",
        "05": "counts",
        "06": "performance",
        "07": "performance",
        "08": "performance",
        "09": "performance",
        "10": "misclassified",
        "07_order": "orders",
        "08_order": "orders",
    },
    "equivariant": {"01": "equivariant", "01_controls": "controls"},
}
