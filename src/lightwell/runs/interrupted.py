"""Being asked to stop."""

import signal


class Interrupted(Exception):
    """The run was asked to stop, by Ctrl-C or by SIGTERM."""

    def __init__(self, signum: int):
        super().__init__(f"by {signal.Signals(signum).name}")
        self.signum = signum
