"""Sweeps: several runs, and what they say together."""

from lightwell.sweeps.data_budget import DataBudget
from lightwell.sweeps.depth import Depth
from lightwell.sweeps.grid import Grid
from lightwell.sweeps.resolution import Resolution
from lightwell.sweeps.search import Search

__all__ = ["DataBudget", "Depth", "Grid", "Resolution", "Search"]
