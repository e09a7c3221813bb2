"""eSpeak NG with nothing around it: the C library, a voice of ours, and a callback that counts.

Run as `bare_espeak.py first`: for each line of standard input prints, as JSON, the milliseconds to its first
buffer. Run as `bare_espeak.py loop SECONDS`: speaks the text on the first line again and again, and prints
the seconds of audio and of CPU.
"""

import ctypes
import json
import os
import sys
import time

from myna.engines.espeak import binding
from myna.engines.espeak.variants import NAME, VariantFile, variant
from myna.engines.protocols import Utterance
from myna.providers.local import catalogue


class Bare:
    """The library; `first` is when the latest utterance's first buffer came, `samples` counts them all."""

    def __init__(self, voice_name):
        library, data = binding.packaged()
        self.variant = VariantFile(data)
        self.library = binding.Library(library, self.variant.folder)
        timbre = catalogue.find(voice_name).timbre
        self.variant.write(variant(Utterance("any", "en-us", timbre)))
        self.voice = f"en-us+{NAME}"
        self.words_per_minute = round(175 * timbre.rate)
        self.first = None
        self.samples = 0
        self.keep = binding._Callback(self.receive)
        self.library._lib.espeak_SetSynthCallback(self.keep)

    def receive(self, wav, count, events):
        if self.first is None and count:
            self.first = time.perf_counter()
        self.samples += count
        return 0

    def speak(self, text):
        self.first = None
        self.library.select(self.voice, rate=self.words_per_minute, phonemes=False)
        raw = text.encode()
        self.library._lib.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, 1, ctypes.byref(ctypes.c_uint()), None)


def main(mode, seconds="5"):
    bare = Bare(os.environ.get("BENCH_VOICE", "Wren"))
    bare.speak("Warm.")
    print(json.dumps({"ready": True}), flush=True)
    if mode == "first":
        for line in sys.stdin:
            start = time.perf_counter()
            bare.speak(line.strip())
            print(json.dumps({"ms": (bare.first - start) * 1e3}), flush=True)
        return
    text = sys.stdin.readline().strip()
    bare.samples, cpu, until = 0, time.process_time(), time.perf_counter() + float(seconds)
    while time.perf_counter() < until:
        bare.speak(text)
    audio = bare.samples / bare.library.sample_rate
    print(json.dumps({"audio": audio, "cpu": time.process_time() - cpu}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
