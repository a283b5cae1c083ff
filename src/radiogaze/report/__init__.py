"""The report of a campaign: one page that needs no network, and the attention explorer."""
