"""A made world of any size, to measure by: seeded, in the real vocabulary, through the real report model."""
