"""The same texts again and again, in one process or each in a fork of a warm one: how far that is repeatable.

Run as `repeat_espeak.py same N` or `repeat_espeak.py fork N`; prints, as JSON, how many texts came out in
more than one way, the median milliseconds to the first buffer, and the CPU milliseconds of one utterance.
"""

import gc
import hashlib
import json
import os
import random
import resource
import statistics
import sys
import time

from myna.engines.espeak.languages import VOICES
from myna.engines.espeak.synthesizer import EspeakSynthesizer
from myna.engines.protocols import Pcm, Utterance
from myna.speech.voices import Timbre
from tests.engines.scripts import FOREIGN, sentence

TIMBRES = (Timbre(110.0), Timbre(200.0, formant_scale=1.12), Timbre(238.0, 1.2, 1.2, 2.0))


def speak(engine, utterance):
    """The digest of an utterance and the milliseconds to its first buffer."""
    digest, first, start = hashlib.sha256(), None, time.perf_counter()

    def take(event):
        nonlocal first
        if first is None:
            first = (time.perf_counter() - start) * 1e3
        if isinstance(event, Pcm):
            digest.update(event.data)
        return True

    engine.synthesize(utterance, take)
    return digest.hexdigest(), first


def forked(engine, utterance):
    """The same in a child of this process; the time begins before the fork."""
    start = time.perf_counter()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        begun = time.perf_counter() - start
        digest, first = speak(engine, utterance)
        os.write(writer, json.dumps([digest, first + begun * 1e3]).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        digest, first = json.loads(pipe.read())
    os.waitpid(child, 0)
    return digest, first


def cpu():
    """CPU seconds of this process and its children."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def main(mode, rounds):
    engine = EspeakSynthesizer()
    how = speak if mode == "same" else forked
    texts = [
        Utterance(sentence(voice) + FOREIGN, voice, TIMBRES[number % 3])
        for number, voice in enumerate(sorted(VOICES))
    ]
    gc.collect()
    gc.freeze()
    found = {}
    firsts = []
    chance, begun = random.Random(1), cpu()
    for _ in range(int(rounds)):
        chance.shuffle(texts)
        for text in texts:
            digest, first = how(engine, text)
            found.setdefault(text, set()).add(digest)
            firsts.append(first)
    print(
        json.dumps(
            {
                "texts": len(texts),
                "utterances": len(firsts),
                "texts that differ": sum(len(digests) > 1 for digests in found.values()),
                "digest": hashlib.sha256(
                    "".join(sorted(min(d) for d in found.values())).encode()
                ).hexdigest(),
                "first buffer ms": statistics.median(firsts),
                "cpu ms per utterance": (cpu() - begun) / len(firsts) * 1e3,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
