"""Words spoken by eSpeak NG, the same samples for the same seed.

The library keeps its random state and its oscillators from one utterance to the next, so the same call sounds a little
different each time. A fresh process does not: so the library is loaded once, by a process of its own, which forks for
every utterance. A fork takes a few milliseconds.

eSpeak NG is under the GPL and comes with the extra `speech` (the wheel `espeakng-loader`); nothing else needs it.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import IO

import numpy as np

from lightwell.sound.clips import resampled, trimmed

ACCENTS = ("en-us", "en-us-nyc", "en", "en-gb-x-rp", "en-gb-scotland", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029")
VARIANTS = (
    "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5", "klatt", "klatt2", "klatt3", "klatt4",
    "adam", "Alex", "Alicia", "Andrea", "Andy", "anika", "antonio", "aunty", "belinda", "benjamin", "boris", "caleb",
    "david", "ed", "edward", "grandma", "grandpa", "iven", "john", "linda", "max", "Michael", "michel", "miguel",
    "norbert", "pablo", "paul", "quincy", "rob", "robert", "sandro", "shelby", "steph", "travis", "victor", "zac",
)  # fmt: skip
SYNCHRONOUS, UTF8, CHARACTERS = 2, 1, 1  # of the library's constants
RATE_PARAMETER, PITCH_PARAMETER, RANGE_PARAMETER = 1, 3, 4


@dataclass(frozen=True)
class Utterance:
    """Something said.

    Attributes:
        text: The words.
        voice: An accent, a plus sign and a variant, such as `en-us+m3`.
        rate: Words a minute; 175 is usual.
        pitch: From 0 to 99; 50 is the variant's own.
        liveliness: How far the pitch moves, from 0 to 99.
        seed: Of what is a matter of chance in a voice.
    """

    text: str
    voice: str
    rate: int = 175
    pitch: int = 50
    liveliness: int = 50
    seed: int = 0


class Speaker:
    """A process that speaks; to be closed, or used in a `with` statement.

    Raises:
        ModuleNotFoundError: When eSpeak NG is not installed.
    """

    def __init__(self) -> None:
        library_paths()
        command = [sys.executable, "-m", "lightwell.sound.espeak"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> "Speaker":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def say(self, utterance: Utterance) -> np.ndarray:
        """The utterance without the silence around it: `(samples,)` float32 in [-1, 1], at 16 kHz.

        Raises:
            ValueError: When there is no such voice, or nothing was said.
        """
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(asdict(utterance)).encode() + b"\n")
        self.process.stdin.flush()
        rate, length = (int(word) for word in self.process.stdout.readline().split())
        raw = self.process.stdout.read(2 * length)
        samples = trimmed(resampled(np.frombuffer(raw, dtype=np.int16).astype(np.float32) / 32768, rate))
        if not len(samples):
            raise ValueError(f"eSpeak NG said nothing for {utterance.text!r} by the voice {utterance.voice!r}.")
        return samples

    def close(self) -> None:
        """Let the process end."""
        if self.process.stdin:
            self.process.stdin.close()
        self.process.wait()


def library_paths() -> tuple[str, str]:
    """Where the library and its voices are.

    Raises:
        ModuleNotFoundError: When they are not installed.
    """
    try:
        import espeakng_loader
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError('Speaking needs eSpeak NG: pip install "lightwell[speech]"') from error
    return espeakng_loader.get_library_path(), espeakng_loader.get_data_path()


def serve(lines: IO[bytes], out: IO[bytes]) -> None:
    """Speak each line, a fork each; the answer is a line with rate and number of samples, and the samples as int16."""
    library_path, data_path = library_paths()
    library = ctypes.CDLL(library_path)
    library.espeak_ng_SetRandSeed.argtypes = [ctypes.c_long]
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, data_path.encode(), 0)
    for line in lines:
        child = os.fork()
        if child == 0:
            samples = spoken(library, Utterance(**json.loads(line)))
            out.write(f"{rate} {len(samples)}\n".encode() + samples.tobytes())
            out.flush()
            os._exit(0)
        os.waitpid(child, 0)


def spoken(library: ctypes.CDLL, utterance: Utterance) -> np.ndarray:
    """Samples as the library gives them, int16; none where it has no such voice."""
    parts: list[np.ndarray] = []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    def take(samples: "ctypes._Pointer[ctypes.c_short]", count: int, events: int) -> int:
        if samples and count > 0:
            parts.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    library.espeak_SetSynthCallback(take)
    if library.espeak_SetVoiceByName(utterance.voice.encode()):
        return np.empty(0, dtype=np.int16)
    library.espeak_SetParameter(RATE_PARAMETER, utterance.rate, 0)
    library.espeak_SetParameter(PITCH_PARAMETER, utterance.pitch, 0)
    library.espeak_SetParameter(RANGE_PARAMETER, utterance.liveliness, 0)
    text = utterance.text.encode()
    library.espeak_ng_SetRandSeed(utterance.seed)
    library.espeak_Synth(text, len(text) + 1, 0, CHARACTERS, 0, UTF8, None, None)
    library.espeak_Synchronize()
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int16)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks, which then closes this one
    serve(sys.stdin.buffer, sys.stdout.buffer)
