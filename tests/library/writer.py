"""Programs that write into a library until they are killed: `python -m tests.library.writer`.

This one loads what they need, and starts one for each line of its standard input, by fork: so they are there
at once. A writer tells each thing before and after it does it; what it told is in the pipe when it is killed.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy.dialects.sqlite

import myna.library.dictionaries
import myna.library.keys
import myna.library.usage
import myna.library.voices
from myna.library import Library
from myna.speech.voices import Likeness, Provenance, Voice, VoiceChanges
from tests.library.making import START, voice

assert sqlalchemy.dialects.sqlite and myna.library

Deed = tuple[str, int, int]
"""What is done (`add`, `clone`, `update`, `again`, `delete`), to which voice, and to which revision of it."""


def told(number: int, revision: int, cloned: bool) -> Voice:
    """A voice as it is after some updates."""
    chance = random.Random(number)
    made = voice(number, name=f"Voice {number}.{revision}", accents=(f"a{revision}",) if revision else ())
    if not cloned:
        return made
    provenance = Provenance("ana", START + timedelta(microseconds=number), f"{number:064x}", consent=True)
    return replace(made, likeness=Likeness(made.embedding, chance.randbytes(9000)), provenance=provenance)


def clip(number: int) -> bytes:
    """The recording of a cloned voice: now a few bytes, now many."""
    return random.Random(~number).randbytes(random.Random(number).choice((10, 5000, 300_000)))


def do(library: Library, deed: Deed) -> None:
    kind, number, revision = deed
    id, key = voice(number).id, f"key {number}"
    if kind == "add":
        assert library.voices.add(told(number, 0, False), idempotency_key=key).id == id
    elif kind == "clone":
        assert library.voices.add(told(number, 0, True), clip=clip(number), idempotency_key=key).id == id
    elif kind == "again":  # a retry, after the answer got lost
        other = replace(told(number, 0, False), id=f"again {number}")
        assert library.voices.add(other, clip=b"again", idempotency_key=key).id == id
    elif kind == "update":
        library.voices.update(id, VoiceChanges(name=f"Voice {number}.{revision}"))
        library.voices.set_accents(id, [f"a{revision}"])
    else:
        library.voices.delete(id)


def write(place: dict[str, Any], seed: int, kept: dict[int, int], tell: Callable[[str, Deed], None]) -> None:
    """Write without end, in two threads that each have voices of their own."""
    library = Library.open(
        Path(place["data"]), database=place["database"], clips=place["clips"], serving=True
    )
    tell("ready", ("", 0, 0))
    next_number = max(kept, default=0) + 1

    def live(part: int) -> None:
        chance = random.Random(f"{seed} {part}")
        mine = {number: revision for number, revision in kept.items() if number % 2 == part}
        number = next_number + (next_number + part) % 2
        while True:
            kind = chance.choice(("add", "clone", "clone", "update", "update", "again", "delete", "delete"))
            if kind in ("add", "clone"):
                deed = (kind, number, 0)
                mine[number] = 0
                number += 2
            elif not mine:
                continue
            else:
                one = chance.choice(sorted(mine))
                mine[one] += kind == "update"
                deed = (kind, one, mine[one])
                if kind == "delete":
                    del mine[one]
            tell("begin", deed)
            do(library, deed)
            tell("done", deed)

    threads = [threading.Thread(target=live, args=(part,)) for part in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def answer(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def serve() -> None:
    """Start a writer for each line, and tell its process."""
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            pipe = order["pipe"]
            file = os.open(pipe, os.O_WRONLY)

            def tell(what: str, deed: Deed, file: int = file) -> None:
                os.write(file, (json.dumps([what, *deed]) + "\n").encode())  # one write: lines stay whole

            try:
                kept = {int(number): revision for number, revision in order["kept"].items()}
                write(order["place"], order["seed"], kept, tell)
            finally:
                os._exit(1)
        answer(pid)
        os.waitpid(pid, 0)
        answer("gone")


if __name__ == "__main__":
    serve()
