"""What is trained and evaluated: sheets of variants, and what a campaign consists of."""
