"""Sound: clips, words spoken on demand, ten-second mixtures of them, and what was heard when. Needs no torch."""

RATE = 16_000
"""Samples a second, everywhere."""
