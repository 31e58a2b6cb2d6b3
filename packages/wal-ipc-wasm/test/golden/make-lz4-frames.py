"""Writes lz4-frames.json: frames by the reference implementation (PyPI lz4 4.4.5), in the ways that it can frame."""

import base64
import json
import pathlib
import zlib

import lz4.frame as lz4


def text(length):
    return ",".join(str(i * i % 1000) for i in range(length)).encode()[:length]


def noise(length):
    state, out = 1, bytearray()
    for _ in range(length):
        state = state * 1103515245 + 12345 & 0x7FFFFFFF
        out.append(state >> 16 & 0xFF)
    return bytes(out)


CASES = {
    "empty": (b"", {}),
    "one byte": (b"x", {}),
    "zeros": (bytes(100_000), {}),
    "noise, kept as it is": (noise(300), {}),
    "linked blocks of 64 KiB": (text(200_000), dict(block_linked=True, block_size=lz4.BLOCKSIZE_MAX64KB)),
    "independent blocks of 64 KiB": (text(200_000), dict(block_linked=False, block_size=lz4.BLOCKSIZE_MAX64KB)),
    "blocks of 256 KiB": (text(300_000), dict(block_linked=True, block_size=lz4.BLOCKSIZE_MAX256KB)),
    "blocks of 1 MiB": (text(20_000), dict(block_size=lz4.BLOCKSIZE_MAX1MB)),
    "a checksum each block": (text(150_000), dict(block_checksum=True)),
    "a checksum of the content": (text(5_000), dict(content_checksum=True)),
    "both checksums, linked": (text(150_000) + noise(200), dict(content_checksum=True, block_checksum=True)),
    "no size announced": (text(5_000), dict(store_size=False)),
    "highest compression": (text(20_000) * 3, dict(compression_level=12, block_linked=True)),
}

frames = [
    {
        "name": name,
        "bytes": len(content),
        "crc32": zlib.crc32(content),
        "frame": base64.b64encode(lz4.compress(content, **options)).decode(),
    }
    for name, (content, options) in CASES.items()
]
pathlib.Path(__file__).with_name("lz4-frames.json").write_text(json.dumps(frames, indent=2) + "\n")
