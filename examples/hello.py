"""Speak one sentence into hello.wav: no key, no network, no server."""

from myna import Myna

with Myna() as client:
    response = client.tts.generate(
        model_id="sonic-latest",
        transcript="Hello! I am Myna, the bird that answers.",
        voice="6ccbfb76-1fc6-48f7-b71d-91ac6298247b",
        output_format={"container": "wav", "encoding": "pcm_s16le", "sample_rate": 24000},
    )
    response.write_to_file("hello.wav")
    print("hello.wav is written")
