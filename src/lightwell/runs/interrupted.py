"""Being asked to stop, from outside or by a search."""

import signal


class Interrupted(Exception):
    """The run was asked to stop, by Ctrl-C or by SIGTERM."""

    def __init__(self, signum: int):
        super().__init__(f"by {signal.Signals(signum).name}")
        self.signum = signum


class Pruned(Exception):
    """A trial that its search has ended, since others did better."""
