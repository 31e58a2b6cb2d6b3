import { type Codec, loadCodec } from "@memwal/wal-ipc-wasm";
import type { Random } from "@memwal/wal-runtime";
import { makeVector, type RecordBatch, Table, Utf8, vectorFromArray } from "apache-arrow";

/** An encoded batch of trips: a time that goes up, prices, codes and words, as logs have them. */
export interface TripEntry {
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly sums: Readonly<Record<SummedColumn, number>>;
}

export const SUMMED_COLUMNS = ["price", "code", "distance"] as const;
export type SummedColumn = (typeof SUMMED_COLUMNS)[number];

const WORDS = ["delayed", "on time", "cancelled at the gate", "diverted", "boarding", "landed"];

export async function tripEntry(rows: number, compression: "lz4" | undefined, random: Random): Promise<TripEntry> {
	const upTo = (limit: number) => Math.floor(random.float() * limit);
	const time = new BigInt64Array(rows);
	for (let row = 0, at = 1_700_000_000_000_000; row < rows; row++) {
		at += 1 + upTo(1000);
		time[row] = BigInt(at);
	}
	const price = Float64Array.from(time, () => upTo(10_000) / 100);
	const code = Int32Array.from(time, () => upTo(300));
	const distance = Float64Array.from(time, () => upTo(4000));
	const status = vectorFromArray(
		Array.from(time, () => WORDS[upTo(WORDS.length)]),
		new Utf8(),
	);
	const table = new Table({
		time: makeVector(time),
		price: makeVector(price),
		code: makeVector(code),
		distance: makeVector(distance),
		status,
	});
	return {
		bytes: encoded(await loadCodec({ compression }), table.batches[0] as unknown as RecordBatch),
		sums: { price: sum(price), code: sum(code), distance: sum(distance) },
	};
}

/** What a reader does that keeps little: it goes once through a column. */
export function sum(values: Float64Array | Int32Array): number {
	let total = 0;
	for (let row = 0; row < values.length; row++) total += values[row] as number;
	return total;
}

function encoded(codec: Codec, batch: RecordBatch): Uint8Array<ArrayBuffer> {
	const entry = codec.encode({
		schema: batch.schema,
		batches: [batch],
		header: { writerEpoch: 1n, fenceSentinel: false },
		writeId: new Uint8Array(16),
	});
	const bytes = entry.bytes.slice();
	entry.release();
	return bytes;
}
