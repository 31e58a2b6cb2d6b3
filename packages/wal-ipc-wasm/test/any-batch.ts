import * as arrow from "apache-arrow";
import * as fc from "fast-check";
import { batchOf } from "./sample-entries.ts";

/** A type, and columns of it that are slices of longer ones. */
export interface AnyColumn {
	readonly type: arrow.DataType;
	/** Data of so many rows, cut from a longer one. */
	data(rows: number): fc.Arbitrary<arrow.Data>;
}

type Props = { readonly type: arrow.DataType } & Record<string, unknown>;
const makeData = arrow.makeData as unknown as (props: Props) => arrow.Data;
const item = (type: arrow.DataType): arrow.Field => new arrow.Field("item", type, true);

/** Validity of `rows` rows from a bit offset on; none at all in one case of three. */
const validity = (rows: number) =>
	fc.option(fc.uint8Array({ minLength: (rows + 7) >> 3, maxLength: (rows + 7) >> 3 }), { freq: 2, nil: undefined });

/** Makes data that has some rows before and behind those that are asked for, and cuts these out. */
function cut(rows: number, whole: (length: number) => fc.Arbitrary<arrow.Data>): fc.Arbitrary<arrow.Data> {
	return fc
		.tuple(fc.nat(11), fc.nat(3))
		.chain(([before, behind]) => whole(before + rows + behind).map((data) => data.slice(before, rows)));
}

/** `small` keeps times within what a `Date` and a safe integer can tell: only the low half of each word is random. */
function ofBytes(type: arrow.DataType, bytesPerRow: number, small?: "words" | "long words"): AnyColumn {
	const wordBytes = small === "words" ? 4 : 8;
	const ArrayType = type.ArrayType as unknown as { new (buffer: ArrayBuffer): ArrayBufferView };
	return {
		type,
		data: (rows) =>
			cut(rows, (length) =>
				fc
					.tuple(validity(length), fc.uint8Array({ minLength: length * bytesPerRow, maxLength: length * bytesPerRow }))
					.map(([nullBitmap, bytes]) =>
						makeData({
							type,
							length,
							nullBitmap,
							data: new ArrayType(bytes.map((byte, at) => (small && at % wordBytes >= 2 ? 0 : byte)).buffer),
						}),
					),
			),
	};
}

const bool: AnyColumn = {
	type: new arrow.Bool(),
	data: (rows) =>
		cut(rows, (length) =>
			fc
				.tuple(validity(length), fc.uint8Array({ minLength: (length + 7) >> 3, maxLength: (length + 7) >> 3 }))
				.map(([nullBitmap, data]) => makeData({ type: new arrow.Bool(), length, nullBitmap, data })),
		),
};

const none: AnyColumn = {
	type: new arrow.Null(),
	data: (rows) => fc.constant(makeData({ type: new arrow.Null(), length: rows })),
};

/** Offsets that begin anywhere, as those of slices do. */
const lengthsOf = (length: number) => fc.array(fc.nat(4), { minLength: length, maxLength: length });

function offsetsOf(lengths: readonly number[], wide: boolean): { readonly offsets: unknown; readonly end: number } {
	const offsets = [0];
	for (const length of lengths) offsets.push((offsets.at(-1) as number) + length);
	const end = offsets.at(-1) as number;
	return { offsets: wide ? BigInt64Array.from(offsets, BigInt) : Int32Array.from(offsets), end };
}

function variable(type: arrow.DataType, wide: boolean, isText: boolean): AnyColumn {
	return {
		type,
		data: (rows) =>
			cut(rows, (length) =>
				fc
					.tuple(
						validity(length),
						fc.array(fc.string({ unit: "binary", maxLength: 4 }), { minLength: length, maxLength: length }),
					)
					.map(([nullBitmap, texts]) => {
						const values = texts.map((text) => new TextEncoder().encode(text));
						const { offsets, end } = offsetsOf(
							values.map((value) => value.length),
							wide,
						);
						const data = new Uint8Array(end);
						let at = 0;
						for (const value of values) {
							data.set(value, at);
							at += value.length;
						}
						if (!isText) data.reverse();
						return makeData({ type, length, nullBitmap, valueOffsets: offsets, data });
					}),
			),
	};
}

function view(type: arrow.DataType): AnyColumn {
	const text = fc.oneof(
		fc.string({ unit: "grapheme-ascii", maxLength: 12 }),
		fc.string({ unit: "grapheme-ascii", minLength: 13, maxLength: 30 }),
	);
	return {
		type,
		data: (rows) =>
			cut(rows, (length) =>
				fc
					.tuple(validity(length), fc.array(text, { minLength: length, maxLength: length }))
					.map(([nullBitmap, texts]) => {
						const views = new DataView(new ArrayBuffer(length * 16));
						const buffers: [number[], number[]] = [[], []];
						texts.forEach((value, row) => {
							const bytes = new TextEncoder().encode(value);
							views.setInt32(row * 16, bytes.length, true);
							bytes.subarray(0, bytes.length > 12 ? 4 : 12).forEach((byte, at) => {
								views.setUint8(row * 16 + 4 + at, byte);
							});
							if (bytes.length <= 12) return;
							const buffer = buffers[row % 2] as number[];
							views.setInt32(row * 16 + 8, row % 2, true);
							views.setInt32(row * 16 + 12, buffer.length, true);
							buffer.push(...bytes);
						});
						const variadicBuffers = buffers.map((bytes) => Uint8Array.from(bytes));
						return makeData({ type, length, nullBitmap, views: new Uint8Array(views.buffer), variadicBuffers });
					}),
			),
	};
}

function list(inner: AnyColumn, wide: boolean): AnyColumn {
	const type = wide ? new arrow.LargeList(item(inner.type)) : new arrow.List(item(inner.type));
	return {
		type,
		data: (rows) =>
			cut(rows, (length) =>
				fc.tuple(validity(length), lengthsOf(length)).chain(([nullBitmap, lengths]) => {
					const { offsets, end } = offsetsOf(lengths, wide);
					return inner.data(end).map((child) => makeData({ type, length, nullBitmap, valueOffsets: offsets, child }));
				}),
			),
	};
}

function map(inner: AnyColumn): AnyColumn {
	const key = variable(new arrow.Utf8(), false, true);
	const entries = new arrow.Struct<arrow.TypeMap>([
		new arrow.Field("key", key.type, false),
		new arrow.Field("value", inner.type, true),
	]);
	const type = new arrow.Map_(new arrow.Field("entries", entries, false) as never);
	return {
		type,
		data: (rows) =>
			cut(rows, (length) =>
				fc.tuple(validity(length), lengthsOf(length)).chain(([nullBitmap, lengths]) => {
					const { offsets, end } = offsetsOf(lengths, false);
					return fc.tuple(key.data(end), inner.data(end)).map(([keys, values]) => {
						const noNulls = keys.clone(keys.type, keys.offset, keys.length, 0);
						const child = makeData({ type: entries, length: end, nullCount: 0, children: [noNulls, values] });
						return makeData({ type, length, nullBitmap, valueOffsets: offsets, child });
					});
				}),
			),
	};
}

function fixedList(inner: AnyColumn): AnyColumn {
	const type = new arrow.FixedSizeList(3, item(inner.type));
	return {
		type,
		data: (rows) =>
			cut(rows, (length) =>
				fc
					.tuple(validity(length), inner.data(length * 3))
					.map(([nullBitmap, child]) => makeData({ type, length, nullBitmap, child })),
			),
	};
}

function struct(inner: readonly AnyColumn[]): AnyColumn {
	const type = new arrow.Struct<arrow.TypeMap>(inner.map((column, at) => new arrow.Field(`f${at}`, column.type, true)));
	return {
		type,
		data: (rows) =>
			cut(rows, (length) =>
				fc
					.tuple(validity(length), fc.tuple(...inner.map((column) => column.data(length))))
					.map(([nullBitmap, children]) => makeData({ type, length, nullBitmap, children })),
			),
	};
}

const UNION_IDS = [3, 7];

function union(inner: readonly [AnyColumn, AnyColumn], mode: "dense" | "sparse"): AnyColumn {
	const fields = inner.map((column, at) => new arrow.Field(`u${at}`, column.type, true));
	const type = mode === "dense" ? new arrow.DenseUnion(UNION_IDS, fields) : new arrow.SparseUnion(UNION_IDS, fields);
	return {
		type,
		data: (rows) =>
			cut(rows, (length) =>
				fc.array(fc.nat(1), { minLength: length, maxLength: length }).chain((picks) => {
					const counts = [0, 0];
					const valueOffsets = Int32Array.from(picks, (pick) => {
						const count = counts[pick] as number;
						counts[pick] = count + 1;
						return count;
					});
					const lengths = mode === "dense" ? counts : [length, length];
					return fc.tuple(inner[0].data(lengths[0] as number), inner[1].data(lengths[1] as number)).map((children) =>
						makeData({
							type,
							length,
							nullCount: 0,
							typeIds: Int8Array.from(picks, (pick) => UNION_IDS[pick] as number),
							...(mode === "dense" ? { valueOffsets } : {}),
							children,
						}),
					);
				}),
			),
	};
}

/** Values in one chunk or two, which makes the second a delta. */
function dictionary(inner: AnyColumn, indices: arrow.DataType): AnyColumn {
	const type = new arrow.Dictionary(inner.type, indices as never);
	const Indices = indices.ArrayType as unknown as { from(values: unknown[]): ArrayBufferView };
	return {
		type,
		data: (rows) =>
			cut(rows, (length) =>
				fc
					.tuple(
						validity(length),
						fc.tuple(inner.data(3), fc.option(inner.data(2))),
						fc.array(fc.nat(2), { minLength: length, maxLength: length }),
					)
					.map(([nullBitmap, [first, second], picks]) =>
						makeData({
							type,
							length,
							nullBitmap,
							data: Indices.from(picks),
							dictionary: new arrow.Vector(second ? [first, second] : [first]),
						}),
					),
			),
	};
}

const leaves: readonly AnyColumn[] = [
	none,
	bool,
	ofBytes(new arrow.Int8(), 1),
	ofBytes(new arrow.Uint8(), 1),
	ofBytes(new arrow.Int16(), 2),
	ofBytes(new arrow.Uint16(), 2),
	ofBytes(new arrow.Int32(), 4),
	ofBytes(new arrow.Uint32(), 4),
	ofBytes(new arrow.Int64(), 8),
	ofBytes(new arrow.Uint64(), 8),
	ofBytes(new arrow.Float16(), 2),
	ofBytes(new arrow.Float32(), 4),
	ofBytes(new arrow.Float64(), 8),
	ofBytes(new arrow.Decimal(2, 8, 32), 4),
	ofBytes(new arrow.Decimal(2, 16, 64), 8),
	ofBytes(new arrow.Decimal(2, 30, 128), 16),
	ofBytes(new arrow.Decimal(2, 60, 256), 32),
	ofBytes(new arrow.FixedSizeBinary(5), 5),
	ofBytes(new arrow.DateDay(), 4, "words"),
	ofBytes(new arrow.DateMillisecond(), 8, "long words"),
	ofBytes(new arrow.TimeSecond(), 4, "words"),
	ofBytes(new arrow.TimeNanosecond(), 8, "long words"),
	ofBytes(new arrow.TimestampSecond("Europe/Oslo"), 8, "long words"),
	ofBytes(new arrow.TimestampMicrosecond(), 8, "long words"),
	ofBytes(new arrow.DurationMillisecond(), 8, "long words"),
	ofBytes(new arrow.IntervalYearMonth(), 4, "words"),
	ofBytes(new arrow.IntervalDayTime(), 8, "words"),
	ofBytes(new arrow.IntervalMonthDayNano(), 16, "words"),
	variable(new arrow.Utf8(), false, true),
	variable(new arrow.LargeUtf8(), true, true),
	variable(new arrow.Binary(), false, false),
	variable(new arrow.LargeBinary(), true, false),
	view(new arrow.Utf8View()),
	view(new arrow.BinaryView()),
];

const leaf = fc.constantFrom(...leaves);
const flat = fc.constantFrom(...leaves.filter((column) => column !== none));

/** Every type that the installed apache-arrow can hold, nested a few levels deep. */
const anyColumn: fc.Arbitrary<AnyColumn> = fc.letrec<{ any: AnyColumn }>((tie) => {
	const any = tie("any");
	const pair = fc.tuple(any, any);
	return {
		any: fc.oneof(
			{ maxDepth: 2, withCrossShrink: true },
			leaf,
			fc.tuple(any, fc.boolean()).map(([inner, wide]) => list(inner, wide)),
			any.map(fixedList),
			any.map(map),
			fc.array(any, { minLength: 1, maxLength: 3 }).map(struct),
			pair.map((inner) => union(inner, "dense")),
			pair.map((inner) => union(inner, "sparse")),
			fc
				.tuple(
					any.filter(({ type }) => ![arrow.Type.Dictionary, arrow.Type.Null].includes(type.typeId)),
					fc.constantFrom(new arrow.Int8(), new arrow.Uint16(), new arrow.Int32(), new arrow.Uint32()),
				)
				.map(([inner, indices]) => dictionary(inner, indices)),
			// A dictionary among the values of another.
			flat.map((inner) => dictionary(struct([dictionary(inner, new arrow.Int8())]), new arrow.Int16())),
		),
	};
}).any;

const isView = ({ type }: AnyColumn) => type instanceof arrow.Utf8View || type instanceof arrow.BinaryView;

/** What can be handed out by the C Data Interface: flat types, lists and structs. */
const cDataColumn: fc.Arbitrary<AnyColumn> = fc.letrec<{ any: AnyColumn }>((tie) => ({
	any: fc.oneof(
		{ maxDepth: 2, withCrossShrink: true },
		fc.constantFrom(...leaves.filter((column) => !isView(column))),
		tie("any").map((inner) => list(inner, false)),
		fc.array(tie("any"), { minLength: 1, maxLength: 3 }).map(struct),
	),
})).any;

/** Batches of one schema. */
const batchesOf = (column: fc.Arbitrary<AnyColumn>): fc.Arbitrary<arrow.RecordBatch[]> =>
	fc
		.tuple(
			fc.array(column, { minLength: 1, maxLength: 4 }),
			fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 3 }),
		)
		.chain(([columns, sizes]) => {
			const fields = columns.map(({ type }, at) => new arrow.Field(`c${at}`, type, true));
			const schema = new arrow.Schema(fields);
			return fc.tuple(
				...sizes.map((rows) =>
					fc.tuple(...columns.map((column) => column.data(rows))).map((data) =>
						batchOf(
							fields,
							data.map((chunk) => new arrow.Vector([chunk])),
							schema,
						),
					),
				),
			);
		});

export const anyBatches: fc.Arbitrary<arrow.RecordBatch[]> = batchesOf(anyColumn);
export const anyCDataBatches: fc.Arbitrary<arrow.RecordBatch[]> = batchesOf(cDataColumn);
