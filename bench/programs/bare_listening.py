"""A session with nothing around it, fed with raw 16-bit audio at 16 kHz as fast as it hears.

Run as `bare_listening.py FILE ENGINE`; prints, as JSON, seconds of audio and of CPU, and the transcript.
"""

import importlib
import json
import sys
import time

import numpy as np

from myna.engines.hearing.session import Session
from myna.engines.protocols import HEARING_RATE, Hearing
from myna.speech.listening import Final

PIECE = HEARING_RATE // 10

samples = np.fromfile(sys.argv[1], "<i2").astype(np.float32) / 32768
recognizer = importlib.import_module(f"myna.engines.{sys.argv[2]}.recognizer").load()
finals = []
session = Session(
    recognizer, Hearing(sys.argv[2]), lambda event: finals.append(event) if isinstance(event, Final) else None
)
session.feed(samples[:PIECE])
begun = time.process_time()
for at in range(PIECE, len(samples), PIECE):
    session.feed(samples[at : at + PIECE])
session.finish()
print(
    json.dumps(
        {
            "seconds": len(samples) / HEARING_RATE,
            "cpu": time.process_time() - begun,
            "text": "".join(final.text for final in finals),
        }
    )
)
