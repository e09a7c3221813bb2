"""What is kept: voices and their clips, dictionaries, keys, usage.

`Library.open` opens it; nothing heavy is imported before. All calls block; threads may share a library.
"""

from myna.library.library import Library

__all__ = ["Library"]
