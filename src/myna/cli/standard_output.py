"""Standard output, as fast as it is read."""

from __future__ import annotations

import asyncio
import os
import select
import sys

_STEP = getattr(select, "PIPE_BUF", 512)
"""Bytes that can be written to whatever says that it can be written to."""


async def write_all(data: bytes) -> None:
    """Write to standard output; the event loop goes on meanwhile and the wait can be cancelled.

    Raises:
        BrokenPipeError: whoever read it has gone away.
    """
    try:
        descriptor = sys.stdout.fileno()
    except OSError:  # it is no file
        sys.stdout.buffer.write(data)
        return
    sys.stdout.flush()
    view = memoryview(data)
    while view:
        waits = await _writable(descriptor)
        view = view[os.write(descriptor, view[:_STEP] if waits else view) :]


async def _writable(descriptor: int) -> bool:
    """Wait until something can be written; False where that never keeps anybody waiting."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_writer(descriptor, ready.set)
    except (NotImplementedError, PermissionError, OSError):
        return False
    try:
        await ready.wait()
    finally:
        loop.remove_writer(descriptor)
    return True
