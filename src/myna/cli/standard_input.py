"""Standard input as it arrives."""

from __future__ import annotations

import asyncio
import os


async def read_some(descriptor: int) -> bytes:
    """Some bytes of a descriptor; the event loop goes on meanwhile and the wait can be cancelled."""
    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()
    try:
        loop.add_reader(descriptor, arrived.set)
    except (NotImplementedError, PermissionError, OSError):
        # A regular file never keeps anybody waiting; elsewhere a thread waits.
        return await asyncio.to_thread(os.read, descriptor, 1 << 14)
    try:
        await arrived.wait()
    finally:
        loop.remove_reader(descriptor)
    return os.read(descriptor, 1 << 14)
