"""What is trained and evaluated: sheets of variants, recipes, and what a campaign consists of."""
