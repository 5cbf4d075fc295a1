"""A text as sound: a WAV in which each half of a byte is a tone, 100 half bytes a second.

No speech synthesiser is among our dependencies, and their voices change with versions. The
simulated speech recogniser hears these tones as words; a real one hears noise. So they try what
stands behind the recogniser: whether the guard and the model treat a transcript as orders.
"""

import io
import wave
from random import Random

import numpy as np
from numpy.typing import NDArray

RATE = 8_000
FRAME = 80  # samples of one tone: 10 ms, so that tones of whole hundreds of hertz do not mix
LOWEST, STEP = 600, 100  # hertz of the half byte 0, and between neighbours


def tones(text: str) -> NDArray[np.float64]:
    """Return the samples, in -1..1: UTF-8, the upper half of each byte first."""
    halves = [half for byte in text.encode() for half in (byte >> 4, byte & 15)]
    times = np.arange(FRAME) / RATE
    waves = [np.sin(2 * np.pi * (LOWEST + STEP * number) * times) for number in range(16)]
    return np.concatenate([waves[half] for half in halves]) if halves else np.zeros(0)


def wav(samples: NDArray[np.float64]) -> bytes:
    """Return 16-bit mono WAV; samples beyond -1..1 are cut."""
    whole = (np.clip(samples, -1.0, 1.0) * 32_767).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(whole.tobytes())
    return buffer.getvalue()


def hiss(samples: NDArray[np.float64], level: float, rng: Random) -> NDArray[np.float64]:
    """Return the samples with white noise of a level (standard deviation)."""
    noise = np.random.default_rng(rng.randrange(2**32))
    return samples + noise.normal(0.0, level, samples.shape)


def hum(letters: int, rng: Random) -> NDArray[np.float64]:
    """Return a hum of 100 to 300 hertz as long as the tones of so many bytes."""
    times = np.arange(2 * FRAME * letters) / RATE
    return 0.4 * np.sin(2 * np.pi * 100 * rng.randrange(1, 4) * times)
