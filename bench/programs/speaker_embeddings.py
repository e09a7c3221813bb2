"""Prints Resemblyzer's embeddings of WAV files as JSON.

Run as `speaker_embeddings.py NAMES` in an environment with Resemblyzer; NAMES is a file with one name a line.
"""

import json
import sys
import warnings
import wave
from pathlib import Path

warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
import torch  # noqa: E402
from resemblyzer import VoiceEncoder, preprocess_wav  # noqa: E402


def embedding(encoder, name):
    with wave.open(name) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    return [round(float(number), 6) for number in encoder.embed_utterance(preprocess_wav(samples, rate))]


def main():
    torch.set_num_threads(1)
    encoder = VoiceEncoder("cpu", verbose=False)
    names = Path(sys.argv[1]).read_text().splitlines()
    print(json.dumps([embedding(encoder, name) for name in names]))


main()
