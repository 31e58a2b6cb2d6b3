"""What pyarrow finds in a stream, in the neutral form of private/arrow-samples/src/neutral-value.ts: equal only where
every bit is."""

import pyarrow as pa
import pyarrow.types as kinds

FLOAT_BITS = {pa.float16(): pa.int16(), pa.float32(): pa.int32(), pa.float64(): pa.int64()}
UNITS = {"s": "s", "ms": "ms", "us": "us", "ns": "ns"}


class Unsupported(Exception):
    """pyarrow has no way to look into this type."""


def entry(schema, batches):
    return {
        "metadata": metadata(schema.metadata),
        "fields": [field(one) for one in schema],
        "batches": [[values(column) for column in batch.columns] for batch in batches if batch.num_rows > 0],
    }


def metadata(pairs):
    return sorted([key.decode(), value.decode()] for key, value in (pairs or {}).items())


def field(one):
    return {
        "name": one.name,
        "type": type_of(one.type),
        "nullable": one.nullable,
        "metadata": metadata(one.metadata),
    }


def type_of(kind):
    children = lambda: [field(kind.field(index)) for index in range(kind.num_fields)]
    if kinds.is_dictionary(kind):
        return ["dictionary", kind.ordered, type_of(kind.index_type), type_of(kind.value_type)]
    if kinds.is_null(kind):
        return ["null"]
    if kinds.is_boolean(kind):
        return ["bool"]
    if kinds.is_integer(kind):
        return ["int" if kinds.is_signed_integer(kind) else "uint", kind.bit_width]
    if kinds.is_floating(kind):
        return ["float", kind.bit_width]
    if kinds.is_decimal(kind):
        return ["decimal", kind.bit_width, kind.precision, kind.scale]
    if kinds.is_string(kind):
        return ["utf8"]
    if kinds.is_large_string(kind):
        return ["large-utf8"]
    if kinds.is_string_view(kind):
        return ["utf8-view"]
    if kinds.is_fixed_size_binary(kind):
        return ["fixed-size-binary", kind.byte_width]
    if kinds.is_binary(kind):
        return ["binary"]
    if kinds.is_large_binary(kind):
        return ["large-binary"]
    if kinds.is_binary_view(kind):
        return ["binary-view"]
    if kinds.is_date(kind):
        return ["date", "day" if kinds.is_date32(kind) else "ms"]
    if kinds.is_time(kind):
        return ["time", UNITS[kind.unit]]
    if kinds.is_timestamp(kind):
        return ["timestamp", UNITS[kind.unit], kind.tz]
    if kinds.is_duration(kind):
        return ["duration", UNITS[kind.unit]]
    if kind == pa.month_day_nano_interval():
        return ["interval", "month-day-nano"]
    if kinds.is_map(kind):
        item = kind.item_field
        return ["map", kind.keys_sorted, type_of(kind.key_type), type_of(item.type), item.nullable]
    if kinds.is_list(kind):
        return ["list", children()]
    if kinds.is_large_list(kind):
        return ["large-list", children()]
    if kinds.is_fixed_size_list(kind):
        return ["fixed-size-list", kind.list_size, children()]
    if kinds.is_struct(kind):
        return ["struct", children()]
    if kinds.is_union(kind):
        return [f"{kind.mode}-union", list(kind.type_codes), children()]
    raise Unsupported(str(kind))


def values(array):
    kind = array.type
    if kinds.is_null(kind):
        return [None] * len(array)
    if kinds.is_union(kind):
        return union_values(array)
    found = valid_values(array)
    return [value if valid else None for value, valid in zip(found, array.is_valid().to_pylist())]


def valid_values(array):
    """The values; where one is null, anything."""
    kind = array.type
    if kinds.is_dictionary(kind):
        dictionary = values(array.dictionary)
        return [None if index is None else dictionary[index] for index in array.indices.to_pylist()]
    if kinds.is_boolean(kind) or kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind):
        return array.to_pylist()
    if kinds.is_integer(kind):
        return digits(array)
    if kinds.is_floating(kind):
        bits = array.view(FLOAT_BITS[kind]).to_pylist()
        width = kind.bit_width
        return [None if bit is None else format(bit % 2**width, f"0{width // 4}x") for bit in bits]
    if kinds.is_decimal(kind):
        return hexadecimal(array.view(pa.binary(kind.bit_width // 8)))
    if kinds.is_fixed_size_binary(kind) or kinds.is_binary(kind) or kinds.is_large_binary(kind) or kinds.is_binary_view(kind):
        return hexadecimal(array)
    if kinds.is_date32(kind) or kinds.is_time32(kind):
        return digits(array.view(pa.int32()))
    if kinds.is_date64(kind) or kinds.is_time64(kind) or kinds.is_timestamp(kind) or kinds.is_duration(kind):
        return digits(array.view(pa.int64()))
    if kind == pa.month_day_nano_interval():
        return [None if parts is None else [str(part) for part in parts] for parts in array.to_pylist()]
    if kinds.is_map(kind):
        pairs = [list(pair) for pair in zip(values(array.keys), values(array.items))]
        return pieces(array.offsets.to_pylist(), pairs)
    if kinds.is_list(kind) or kinds.is_large_list(kind):
        return pieces(array.offsets.to_pylist(), values(array.values))
    if kinds.is_fixed_size_list(kind):
        size = kind.list_size
        start = array.offset * size
        return pieces(range(start, start + size * len(array) + 1, size), values(array.values))
    if kinds.is_struct(kind):
        children = [values(array.field(index)) for index in range(kind.num_fields)]
        return [[child[row] for child in children] for row in range(len(array))]
    raise Unsupported(str(kind))


def union_values(array):
    kind = array.type
    # What pyarrow itself gives forgets that the array may be a slice.
    types, *offsets = array.buffers()[1 : 3 if kind.mode == "dense" else 2]
    own = lambda storage, buffer: pa.Array.from_buffers(storage, len(array), [None, buffer], offset=array.offset).to_pylist()
    codes = own(pa.int8(), types)
    rows = own(pa.int32(), offsets[0]) if offsets else range(len(array))
    children = dict(zip(kind.type_codes, (values(array.field(index)) for index in range(kind.num_fields))))
    return [[code, children[code][row]] for code, row in zip(codes, rows)]


def pieces(ends, items):
    return [items[begin:end] for begin, end in zip(ends, ends[1:])]


def digits(array):
    return [None if number is None else str(number) for number in array.to_pylist()]


def hexadecimal(array):
    return [None if value is None else value.hex() for value in array.to_pylist()]
