"""The paper's tables, ours beside the paper's."""
