import { readFileSync } from "node:fs";
import { type Random, seededRandom } from "@memwal/wal-runtime";
import {
	Bool,
	type Data,
	type DataType,
	Dictionary,
	Field,
	FixedSizeList,
	Float32,
	Float64,
	Int32,
	Int64,
	makeData,
	makeVector,
	RecordBatch,
	Schema,
	Struct,
	TimestampMicrosecond,
	tableFromIPC,
	Utf8,
} from "apache-arrow";

/** Rows that become one entry. */
export interface Workload {
	readonly name: string;
	/** What it is, for people. */
	readonly shape: string;
	readonly schema: Schema;
	readonly batches: readonly RecordBatch[];
}

/** The seven entries of the suite; the same rows in every run. The long ones are a quarter as long where it is `quick`. */
export function makeWorkloads({ quick }: { readonly quick: boolean }): readonly Workload[] {
	const random = seededRandom(4);
	const mediumBatches = quick ? 4 : 16;
	const largeRows = quick ? 250_000 : 1_000_000;
	const tiny = [int32, words(8)];
	const small = [int64, int32, float64, words(12), nullableInt32, timestamp, float32, words(5)];
	const wide = Array.from({ length: 100 }, (_, index) => (index % 4 === 3 ? words(10) : index % 2 ? float64 : int32));
	const medium = [
		...[int64, float64, int32, nullableInt32, timestamp, bool, dictionary, words(22), float32],
		embedding(128),
	];
	const large = [int64, float64, int32, words(11)];
	return [
		workload("tiny", "1 batch × 10 rows × 2 columns", { batches: 1, rows: 10, columns: tiny }, random),
		workload("tiny64", "64 batches × 10 rows × 2 columns", { batches: 64, rows: 10, columns: tiny }, random),
		workload("small", "1 × 1,000 × 8", { batches: 1, rows: 1_000, columns: small }, random),
		workload("wide", "1 × 100 × 100", { batches: 1, rows: 100, columns: wide }, random),
		workload(
			"medium",
			`${mediumBatches} × 4,096 × 10, with embeddings`,
			{ batches: mediumBatches, rows: 4_096, columns: medium },
			random,
		),
		workload(
			"large",
			`1 × ${largeRows.toLocaleString("en")} × 4`,
			{ batches: 1, rows: largeRows, columns: large },
			random,
		),
		flights(),
	];
}

type Column = (rows: number, random: Random) => Data<DataType>;

interface Shape {
	readonly batches: number;
	readonly rows: number;
	readonly columns: readonly Column[];
}

function workload(name: string, shape: string, { batches, rows, columns }: Shape, random: Random): Workload {
	const made = Array.from({ length: batches }, () => columns.map((column) => column(rows, random)));
	const types = made[0] ?? [];
	const schema = new Schema(
		types.map(({ type, nullBitmap }, index) => new Field(`column_${index}`, type, (nullBitmap?.length ?? 0) > 0)),
	);
	return {
		name,
		shape,
		schema,
		batches: made.map(
			(children) =>
				new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children })),
		),
	};
}

/** The demo's file, cut as the command cuts it. */
function flights(): Workload {
	const file = new URL("../../../../node_modules/vega-datasets/data/flights-200k.arrow", import.meta.url);
	const [whole] = tableFromIPC(readFileSync(file)).batches;
	if (!whole) throw new Error(`there are no rows in ${file.pathname}`);
	const rows = 8_192;
	const batches = Array.from({ length: Math.ceil(whole.numRows / rows) }, (_, index) =>
		whole.slice(index * rows, (index + 1) * rows),
	);
	return { name: "flights", shape: "25 × 8,192 × 3, slices of a file", schema: whole.schema, batches };
}

const int32: Column = (rows, random) =>
	makeData({ type: new Int32(), length: rows, data: Int32Array.from({ length: rows }, () => random.float() * 1e6) });

const int64: Column = (rows, random) => makeData({ type: new Int64(), length: rows, data: rising(rows, random) });

const timestamp: Column = (rows, random) =>
	makeData({ type: new TimestampMicrosecond("UTC"), length: rows, data: rising(rows, random) });

const float64: Column = (rows, random) =>
	makeData({ type: new Float64(), length: rows, data: Float64Array.from({ length: rows }, () => random.float()) });

const float32: Column = (rows, random) =>
	makeData({ type: new Float32(), length: rows, data: Float32Array.from({ length: rows }, () => random.float()) });

const bool: Column = (rows, random) =>
	makeData({ type: new Bool(), length: rows, data: random.bytes(Math.ceil(rows / 8)) });

const CITIES = ["Oslo", "Bergen", "Trondheim", "Stavanger", "Tromsø", "Drammen", "Bodø", "Ålesund"];
const cities = makeVector(textData(CITIES));
const cityType = new Dictionary(new Utf8(), new Int32(), 0);

const dictionary: Column = (rows, random) =>
	makeData({
		type: cityType,
		length: rows,
		data: Int32Array.from({ length: rows }, () => random.float() * CITIES.length),
		dictionary: cities,
	});

function words(length: number): Column {
	const letters = "etaoinshrdlucmfwypvbgkjqxz";
	return (rows, random) => {
		const letter = () => letters[Math.floor(random.float() * letters.length)] ?? "e";
		const vocabulary = Array.from({ length: 500 }, () => Array.from({ length }, letter).join(""));
		return textData(
			Array.from({ length: rows }, () => vocabulary[Math.floor(random.float() * vocabulary.length)] ?? ""),
		);
	};
}

const nullableInt32: Column = (rows, random) =>
	makeData({
		type: new Int32(),
		length: rows,
		nullBitmap: random.bytes(Math.ceil(rows / 8)),
		data: int32(rows, random).values as Int32Array,
	});

function embedding(width: number): Column {
	const type = new FixedSizeList(width, new Field("item", new Float32(), false));
	return (rows, random) => makeData({ type, length: rows, child: float32(rows * width, random) as Data<Float32> });
}

/** As ids and clocks go: always up, by unequal steps. */
function rising(rows: number, random: Random): BigInt64Array {
	let at = 1_700_000_000_000_000n;
	return BigInt64Array.from({ length: rows }, () => {
		at += BigInt(1 + Math.floor(random.float() * 1_000));
		return at;
	});
}

function textData(texts: readonly string[]): Data<Utf8> {
	const encoder = new TextEncoder();
	const valueOffsets = new Int32Array(texts.length + 1);
	let end = 0;
	texts.forEach((text, index) => {
		end += encoder.encode(text).length;
		valueOffsets[index + 1] = end;
	});
	return makeData({ type: new Utf8(), length: texts.length, valueOffsets, data: encoder.encode(texts.join("")) });
}
