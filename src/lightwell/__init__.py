"""Lightwell: compose, train and look inside small and middle-sized networks."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lightwell.runs.explanations import load_explanations
    from lightwell.runs.load import load

__version__ = "0.1.0"
__all__ = ["__version__", "load", "load_explanations"]


def __getattr__(name: str) -> Any:
    """Import what needs torch when it is first asked for."""
    if name == "load":
        from lightwell.runs.load import load

        return load
    if name == "load_explanations":
        from lightwell.runs.explanations import load_explanations

        return load_explanations
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
