"""Print each word at the moment at which it sounds, as a player would show it."""

import time

from myna import Myna

with Myna() as client:
    words = []
    for event in client.tts.generate_sse(
        model_id="sonic-latest",
        transcript="Row, row, row your boat, gently down the stream.",
        voice="6ccbfb76-1fc6-48f7-b71d-91ac6298247b",
        output_format={"container": "raw", "encoding": "pcm_s16le", "sample_rate": 22050},
        add_timestamps=True,
    ):
        if event.type == "timestamps":
            words += zip(event.word_timestamps.words, event.word_timestamps.start, strict=True)

began = time.monotonic()
for word, start in words:
    time.sleep(max(began + start - time.monotonic(), 0.0))
    print(word, end=" ", flush=True)
print()
