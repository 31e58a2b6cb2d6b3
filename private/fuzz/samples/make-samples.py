"""Writes the streams beside it: python make-samples.py, with pyarrow 26.0.1. Files are small: each is damaged many times."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa

HERE = Path(__file__).parent
ROWS = 12


def column(kind, make):
    return pa.array([None if row % 5 == 3 else make(row) for row in range(ROWS)], kind)


def flat():
    return {
        "null": pa.nulls(ROWS),
        "bool": column(pa.bool_(), lambda row: row % 2 == 0),
        "int8": column(pa.int8(), lambda row: row - 6),
        "uint64": column(pa.uint64(), lambda row: 2**64 - 1 - row),
        "half": pa.array([1.5] * ROWS, pa.float32()).cast(pa.float16()),
        "double": column(pa.float64(), lambda row: row / 3),
        "decimal32": column(pa.decimal32(9, 2), lambda row: Decimal(row)),
        "decimal128": column(pa.decimal128(38, 10), lambda row: Decimal(-row)),
        "decimal256": column(pa.decimal256(76, 10), lambda row: Decimal(row)),
        "fixed": column(pa.binary(3), lambda row: bytes([row] * 3)),
        "date32": column(pa.date32(), lambda row: row * 1000),
        "date64": column(pa.date64(), lambda row: row * 86_400_000),
        "time32": column(pa.time32("ms"), lambda row: row * 1000),
        "time64": column(pa.time64("ns"), lambda row: row * 1000),
        "timestamp": column(pa.timestamp("us", "Europe/Berlin"), lambda row: row * 10**12),
        "duration": column(pa.duration("s"), lambda row: row),
        "interval": column(pa.month_day_nano_interval(), lambda row: (row, -row, row * 10**9)),
    }


def text():
    word = lambda row: "log-" * row
    data = lambda row: b"\x00\xff" * row
    return {
        "utf8": column(pa.utf8(), word),
        "large": column(pa.large_utf8(), word),
        "view": column(pa.string_view(), word),
        "binary": column(pa.binary(), data),
        "large-binary": column(pa.large_binary(), data),
        "binary-view": column(pa.binary_view(), data),
    }


def nested():
    ints = pa.list_(pa.int32())
    types = pa.array([0, 1] * (ROWS // 2), pa.int8())
    offsets = pa.array([row // 2 for row in range(ROWS)], pa.int32())
    children = [pa.array(range(ROWS), pa.int16()), pa.array([str(row) for row in range(ROWS)])]
    return {
        "list": column(pa.list_(pa.utf8()), lambda row: ["x"] * (row % 3)),
        "large-list": column(pa.large_list(ints), lambda row: [[row], None]),
        "fixed-list": column(pa.list_(pa.float32(), 3), lambda row: [row, None, 0]),
        "struct": column(pa.struct([("a", pa.int8()), ("b", ints)]), lambda row: {"a": row, "b": [row]}),
        "map": column(pa.map_(pa.utf8(), pa.int32()), lambda row: [("k", row)]),
        "sparse": pa.UnionArray.from_sparse(types, children),
        "dense": pa.UnionArray.from_dense(types, offsets, children),
    }


def dictionaries(words):
    indices = pa.array([None if row % 5 == 3 else row % len(words) for row in range(ROWS)], pa.int8())
    inner = pa.DictionaryArray.from_arrays(indices, pa.array(words))
    return {"word": inner, "list": pa.ListArray.from_arrays(pa.array([0, 3, 3, ROWS] + [ROWS] * (ROWS - 3), pa.int32()), inner)}


def unknown():
    ends = pa.array([5, ROWS], pa.int32())
    return {
        "run-ends": pa.RunEndEncodedArray.from_arrays(ends, pa.array(["a", "b"])),
        "list-view": column(pa.list_view(pa.int8()), lambda row: [row]),
    }


def save(name, *tables, metadata=None, **options):
    batches = [pa.record_batch(table) for table in tables]
    schema = batches[0].schema.with_metadata(metadata)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        for batch in batches:
            writer.write_batch(batch.replace_schema_metadata(metadata))
    (HERE / f"{name}.arrow").write_bytes(sink.getvalue())


for compression in (None, "lz4", "zstd"):
    suffix = f"-{compression}" if compression else ""
    save(f"flat{suffix}", flat(), compression=compression)
    save(f"text{suffix}", text(), text(), compression=compression)
    save(f"nested{suffix}", nested(), compression=compression)
    save(f"dictionary{suffix}", dictionaries(["a", "b", "c"]), compression=compression)
grown = [dictionaries(["a", "b"]), dictionaries(["a", "b", "c"]), dictionaries(["z"])]
save("dictionary-delta", *grown[:2], emit_dictionary_deltas=True)
save("dictionary-replaced", *grown)
save("metadata", text(), metadata={"writer_epoch": "7", "origin": "pyarrow"})
save("version-4", {"a": flat()["int8"]}, metadata_version=pa.ipc.MetadataVersion.V4)
save("no-columns", {})
# Of the inner column, which has no rows, every offset is written.
words = pa.array(["word"] * 200)
ends = pa.array([0] * 200 + [200], pa.int32())
save("no-rows-lz4", {"list": pa.ListArray.from_arrays(ends, words).slice(0, ROWS)}, compression="lz4")
for name, values in unknown().items():
    save(f"unknown-{name}", {name: values})
