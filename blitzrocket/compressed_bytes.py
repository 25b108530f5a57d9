"""Bytes that are stored compressed.

PostgreSQL compresses large values too, but takes three times as long for a body of 4 KB, and moves what is still large
into a table of its own.
"""

import zlib

# What no text and no JSON begins with, so that values which were stored as they are stay readable.
MARK = b"\0zlib\0"
LEVEL = 1  # of 9; the others take longer for a tenth of the size
# As powers of 2. By zlib's defaults it takes 256 KiB from the operating system each time, and four times as long.
WINDOW, MEMORY = 13, 6


def compress(plain: bytes) -> bytes:
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, WINDOW, MEMORY)
    return b"".join((MARK, compressor.compress(plain), compressor.flush()))


def decompress(stored: bytes) -> bytes:
    """The bytes as they were, also of a value from before they were compressed."""
    return zlib.decompress(stored[len(MARK) :]) if stored.startswith(MARK) else stored
