"""python write_streams.py FOLDER ROUNDS SEED: writes random streams, NAME.arrow, and what is in them beside, NAME.json.
Also streams of types that apache-arrow does not have, unsupported-NAME.arrow."""

import json
import random
import sys
from decimal import Context, Decimal
from pathlib import Path

import pyarrow as pa

import neutral

TEXTS = ["", "a", "log", "ünï", "水", "🌊🌊", "twelve bytes", "thirteen byte", "longer than what a view holds inline"]
DAY_MS = 86_400_000
UNITS = ["s", "ms", "us", "ns"]
UNITS_A_DAY = {"s": 86_400, "ms": DAY_MS, "us": DAY_MS * 1_000, "ns": DAY_MS * 1_000_000}
DIGITS = {pa.decimal32: 9, pa.decimal64: 18, pa.decimal128: 38, pa.decimal256: 76}
MAX_DEPTH = 3
EXACT = Context(prec=100)

dice = random.Random()


def signed(bits):
    half = 2 ** (bits - 1)
    return dice.choice([-half, half - 1, 0, 1, -1, dice.randrange(-half, half), dice.randrange(-100, 100)])


def integers(kind, rows, make):
    return pa.array([make() for _ in range(rows)], kind)


def of_bits(kind, bits):
    """A maker of columns of this type out of integers of as many bits."""
    storage = {16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[bits]
    return kind, lambda rows: integers(storage, rows, lambda: dice.randrange(-(2 ** (bits - 1)), 2 ** (bits - 1))).view(kind)


def of_values(kind, make):
    return kind, lambda rows: pa.array([make() for _ in range(rows)], kind)


def leaf():
    """A type and a maker of columns of it, without nulls."""
    unit = dice.choice(UNITS)
    decimal = dice.choice(list(DIGITS))
    precision = dice.randint(1, DIGITS[decimal])
    scale = dice.randint(0, precision)
    width = dice.randint(1, 20)
    bits = dice.choice([8, 16, 32, 64])
    data = lambda: dice.randbytes(dice.choice([0, 1, 3, 12, 13, 30]))
    text = lambda: dice.choice(TEXTS)
    return dice.choice(
        [
            lambda: (pa.null(), pa.nulls),
            lambda: of_values(pa.bool_(), lambda: dice.random() < 0.5),
            lambda: of_values(getattr(pa, f"int{bits}")(), lambda: signed(bits)),
            lambda: of_values(getattr(pa, f"uint{bits}")(), lambda: signed(bits) % 2**bits),
            lambda: of_bits(pa.float16(), 16),
            lambda: of_bits(pa.float32(), 32),
            lambda: of_bits(pa.float64(), 64),
            lambda: of_values(
                decimal(precision, scale),
                lambda: Decimal(dice.randrange(-(10**precision) + 1, 10**precision)).scaleb(-scale, EXACT),
            ),
            lambda: of_values(pa.utf8(), text),
            lambda: of_values(pa.large_utf8(), text),
            lambda: of_values(pa.string_view(), text),
            lambda: of_values(pa.binary(), data),
            lambda: of_values(pa.large_binary(), data),
            lambda: of_values(pa.binary_view(), data),
            lambda: of_values(pa.binary(width), lambda: dice.randbytes(width)),
            lambda: of_values(pa.date32(), lambda: signed(24)),
            lambda: of_values(pa.date64(), lambda: signed(24) * DAY_MS),
            lambda: of_values(pa.time32(UNITS[UNITS.index(unit) % 2]), lambda: dice.randrange(86_400)),
            lambda: of_values(pa.time64(UNITS[2 + UNITS.index(unit) % 2]), lambda: dice.randrange(UNITS_A_DAY["us"])),
            lambda: of_bits(pa.timestamp(unit, dice.choice([None, "UTC", "Europe/Berlin", "+07:30"])), 64),
            lambda: of_bits(pa.duration(unit), 64),
            lambda: of_values(pa.month_day_nano_interval(), lambda: (signed(32), signed(32), signed(64))),
        ]
    )()


def column(depth):
    """As `leaf`, of any type, with nulls where `nullable`: a field and a maker."""
    kind, make = leaf() if depth == 0 or dice.random() < 0.3 else nested(depth - 1)
    nullable = dice.random() < 0.8 or pa.types.is_null(kind)
    metadata = {"origin": "pyarrow", "": "🌊"} if dice.random() < 0.1 else None
    share = dice.choice([0, 0.2, 0.8, 1]) if nullable else 0
    return pa.field("", kind, nullable, metadata), lambda rows: with_nulls(make(rows), share)


def with_nulls(array, share):
    kind = array.type
    if share == 0 or pa.types.is_null(kind) or pa.types.is_union(kind):
        return array
    valid = [dice.random() >= share for _ in range(len(array))]
    bitmap = pa.array(valid, pa.bool_()).buffers()[1]
    build = lambda *buffers, children=None: pa.Array.from_buffers(kind, len(array), [bitmap, *buffers], children=children)
    if pa.types.is_dictionary(kind):
        indices = pa.Array.from_buffers(kind.index_type, len(array), [bitmap, *array.indices.buffers()[1:]])
        return pa.DictionaryArray.from_arrays(indices, array.dictionary, ordered=kind.ordered)
    if pa.types.is_struct(kind):
        return build(children=[array.field(index) for index in range(kind.num_fields)])
    if pa.types.is_fixed_size_list(kind):
        return build(children=[array.values])
    if pa.types.is_map(kind):
        entries = pa.StructArray.from_arrays([array.keys, array.items], fields=[kind.key_field, kind.item_field])
        return build(array.buffers()[1], children=[entries])
    if pa.types.is_nested(kind):
        return build(array.buffers()[1], children=[array.values])
    return build(*array.buffers()[1:])


def nested(depth):
    return dice.choice([list_of, fixed_list_of, struct_of, map_of, union_of, dictionary_of])(depth)


def ends(rows):
    found = [0]
    for _ in range(rows):
        found.append(found[-1] + dice.choice([0, 1, 1, 2, 3]))
    return found


def list_of(depth):
    item, make = column(depth)
    large = dice.random() < 0.4
    kind = (pa.large_list if large else pa.list_)(item.with_name("item"))

    def column_of(rows):
        offsets = ends(rows)
        array = pa.LargeListArray if large else pa.ListArray
        return array.from_arrays(pa.array(offsets, pa.int64() if large else pa.int32()), make(offsets[-1]), type=kind)

    return kind, column_of


def fixed_list_of(depth):
    item, make = column(depth)
    kind = pa.list_(item.with_name("item"), dice.randint(1, 4))
    return kind, lambda rows: pa.FixedSizeListArray.from_arrays(make(rows * kind.list_size), type=kind)


def members(depth, least):
    made = [column(depth) for _ in range(dice.randint(least, 3))]
    fields = [one.with_name(f"f{index}") for index, (one, _) in enumerate(made)]
    return fields, [make for _, make in made]


def struct_of(depth):
    fields, makers = members(depth, 1)
    return pa.struct(fields), lambda rows: pa.StructArray.from_arrays([make(rows) for make in makers], fields=fields)


def map_of(depth):
    key, make_keys = of_values(pa.utf8(), lambda: dice.choice(TEXTS))
    item, make_items = column(depth)
    kind = pa.map_(pa.field("key", key, False), item.with_name("value"))

    def column_of(rows):
        offsets = ends(rows)
        keys, items = make_keys(offsets[-1]), make_items(offsets[-1])
        return pa.MapArray.from_arrays(pa.array(offsets, pa.int32()), keys, items, type=kind)

    return kind, column_of


def union_of(depth):
    fields, makers = members(depth, 1)
    codes = [5 + 40 * index for index in range(len(fields))] if dice.random() < 0.3 else list(range(len(fields)))
    dense = dice.random() < 0.5
    kind = (pa.dense_union if dense else pa.sparse_union)(fields, codes)

    def column_of(rows):
        chosen = [dice.randrange(len(fields)) for _ in range(rows)]
        types = pa.array([codes[one] for one in chosen], pa.int8())
        lengths = [0] * len(fields) if dense else [rows] * len(fields)
        offsets = []
        for one in chosen if dense else []:
            offsets.append(lengths[one])
            lengths[one] += 1
        children = [make(length) for make, length in zip(makers, lengths)]
        buffers = [None, types.buffers()[1]] + ([pa.array(offsets, pa.int32()).buffers()[1]] if dense else [])
        return pa.Array.from_buffers(kind, rows, buffers, children=children)

    return kind, column_of


def dictionary_of(depth):
    item, make = column(depth)
    while pa.types.is_dictionary(item.type) or pa.types.is_null(item.type):
        item, make = column(depth)
    index = dice.choice([pa.int8(), pa.uint8(), pa.int16(), pa.int32(), pa.uint32(), pa.int64()])
    kind = pa.dictionary(index, item.type, ordered=dice.random() < 0.2)
    words = [make(dice.randint(1, 6))]

    def column_of(rows):
        change = dice.choice(["keep", "extend", "replace"])
        if change == "extend" and not pa.types.is_nested(item.type):
            words[0] = pa.concat_arrays([words[0], make(dice.randint(1, 6))])
        elif change == "replace":
            words[0] = make(dice.randint(1, 6))
        indices = pa.array([dice.randrange(len(words[0])) for _ in range(rows)], index)
        return pa.DictionaryArray.from_arrays(indices, words[0], ordered=kind.ordered)

    return kind, column_of


def stream(compression):
    made = [column(dice.randint(0, MAX_DEPTH)) for _ in range(dice.randint(1, 5))]
    fields = [one.with_name(f"c{index}") for index, (one, _) in enumerate(made)]
    metadata = {"origin": "pyarrow", "ключ": "🌊"} if dice.random() < 0.5 else None
    schema = pa.schema(fields, metadata)
    batches = []
    for _ in range(dice.randint(1, 3)):
        rows = dice.randint(0, 200)
        batch = pa.record_batch([make(rows) for _, make in made], schema=schema)
        if dice.random() < 0.4:
            begin = dice.randint(0, rows)
            batch = batch.slice(begin, dice.randint(0, rows - begin))
        batch.validate(full=True)
        batches.append(batch)
    options = pa.ipc.IpcWriteOptions(compression=compression, emit_dictionary_deltas=dice.random() < 0.5)
    return written(schema, batches, options), neutral.entry(schema, batches)


def written(schema, batches, options=None):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, options=options) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return sink.getvalue()


def unsupported():
    """Types that apache-arrow does not have, by name."""
    runs = pa.array([2, 3], pa.int32())
    return {
        "run-end-encoded": pa.RunEndEncodedArray.from_arrays(runs, pa.array(["a", "b"])),
        "list-view": pa.array([[1], [], [2]], pa.list_view(pa.int8())),
        "large-list-view": pa.array([[1], [], [2]], pa.large_list_view(pa.int8())),
    }


def main(folder, rounds, seed):
    for name, array in unsupported().items():
        batch = pa.record_batch({"column": array})
        (folder / f"unsupported-{name}.arrow").write_bytes(written(batch.schema, [batch]))
    for number in range(rounds):
        dice.seed(f"{seed}-{number}")
        compression = [None, "lz4", "zstd"][number % 3]
        name = f"pyarrow-{compression or 'none'}-{number}"
        content, expected = stream(compression)
        (folder / f"{name}.arrow").write_bytes(content)
        (folder / f"{name}.json").write_text(json.dumps(expected), encoding="utf-8")


main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
