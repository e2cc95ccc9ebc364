"""Commands as a user types them, without waiting for torch each time.

Importing torch and Lightning takes seconds, and the tests run hundreds of commands. So one process imports them once
and forks for each command: the fork has arguments, folder, environment and output of its own, and runs `train.py` or
`lightwell` from its first line, as `python` would.
"""

import atexit
import importlib
import json
import os
import runpy
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

PRELOADED = (
    "lightwell.run",
    "lightwell.models",
    "lightwell.losses",
    "lightwell.sweeps",
    "lightwell.data.scenes",
    "lightwell.data.drawn_faces",
    "lightwell.data.photos",
    "lightwell.data.digits",
    "pytorch_lightning.loggers",
    "matplotlib.pyplot",
    "sklearn.linear_model",
    "sklearn.datasets",
    "sklearn.manifold",
    "scipy.stats",
    "torchvision.models",
    "typer",
    "hydra.main",
)


class Forks:
    """A process that waits for commands."""

    def __init__(self) -> None:
        self.server = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    def run(
        self, program: list[str], arguments: list[str], folder: Path, environment: dict[str, str], out: Path
    ) -> int:
        """Run `train.py`, or `-m` and a module, to its end; returns the exit status. Output goes to files in `out`."""
        job = {"program": program, "arguments": arguments, "folder": str(folder), "environment": environment}
        assert self.server.stdin and self.server.stdout
        self.server.stdin.write(json.dumps(job | {"out": str(out)}) + "\n")
        self.server.stdin.flush()
        return int(self.server.stdout.readline())

    def close(self) -> None:
        """Let the process end."""
        if self.server.stdin:
            self.server.stdin.close()
        self.server.wait()


def serve() -> None:
    """Fork for each line of standard input, and answer with its exit status."""
    for module in PRELOADED:
        importlib.import_module(module)
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            run(job)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def run(job: dict[str, Any]) -> None:
    """Be a new Python process, as far as a command can tell; does not return."""
    os.setsid()
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        with (Path(job["out"]) / name).open("wb") as file:
            os.dup2(file.fileno(), descriptor)
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["environment"])
    program = job["program"]
    first = str(Path(program[0]).parent) if program[0] != "-m" else job["folder"]
    sys.path[:1] = [first, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    sys.argv = [program[-1], *job["arguments"]]
    code = 0
    try:
        if program[0] == "-m":
            runpy.run_module(program[1], run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(program[0], run_name="__main__")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
