"""Sweeps: several runs, and what they say together."""

from lightwell.sweeps.grid import Grid

__all__ = ["Grid"]
