"""Transport for asyncio."""
