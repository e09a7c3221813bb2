"""Imports a client and prints, as JSON, milliseconds from the start of the import.

Run as `first_chunk.py PACKAGE CLASS URL [SOCKET_URL]`: to a ready client object; with a socket URL also to
the first audio chunk that it reads from a server.
"""

import json
import sys
import time

start, start_cpu = time.perf_counter(), time.process_time()


def passed():
    return {
        "ms": (time.perf_counter() - start) * 1e3,
        "cpu_ms": (time.process_time() - start_cpu) * 1e3,
        "modules": len(sys.modules),
    }


def main(package, name, url, socket_url=None):
    client_class = getattr(__import__(package), name)
    more = {"websocket_base_url": socket_url} if socket_url else {}
    client = client_class(base_url=url, api_key="key", **more)
    if not socket_url:
        print(json.dumps(passed()))
        return
    with client.tts.websocket_connect() as connection:
        context = connection.context(
            model_id="sonic-3",
            voice="6ccbfb76-1fc6-48f7-b71d-91ac6298247b",
            output_format={"container": "raw", "encoding": "pcm_s16le", "sample_rate": 22050},
        )
        context.push("The ferry leaves at nine in the morning.")
        context.no_more_inputs()
        for event in context.receive():
            if event.type == "chunk" and event.audio:
                print(json.dumps(passed()))
                break


main(*sys.argv[1:])
