import { type Codec, loadCodec } from "@memwal/wal-ipc-wasm";
import { tableFromIPC } from "@uwdata/flechette";
import * as arrow from "apache-arrow";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyBatches } from "./any-batch.ts";
import { columnValues, HEADER, streamLengthOf, WRITE_ID } from "./sample-entries.ts";

const engines = await Promise.all((["ts", "wasm"] as const).map((prefer) => loadCodec({ prefer })));
const compressed = await Promise.all(
	(["ts", "wasm"] as const).map((prefer) => loadCodec({ prefer, compression: "lz4" })),
);
const [ts] = engines as [Codec, Codec];

function encoded(codec: Codec, batches: readonly arrow.RecordBatch[], isChecked?: true): Uint8Array<ArrayBuffer> {
	const schema = (batches[0] as arrow.RecordBatch).schema;
	const entry = codec.encode({ schema, batches, header: HEADER, writeId: WRITE_ID, isChecked });
	const bytes = entry.bytes.slice();
	entry.release();
	return bytes;
}

describe("batches of any types, sliced anywhere,", () => {
	it("come back value for value, and every value passes the full validation", () => {
		fc.assert(
			fc.property(anyBatches, (batches) => {
				const read = ts.decode(encoded(ts, batches), { validate: "full" });
				expect(read.batches.map(columnValues)).toEqual(batches.map(columnValues));
				expect(read.schema.fields.map(String)).toEqual(batches[0]?.schema.fields.map(String));
			}),
			{ numRuns: 150 },
		);
	});

	it("are the same bytes from either engine, compressed or not", () => {
		fc.assert(
			fc.property(anyBatches, (batches) => {
				for (const codecs of [engines, compressed]) {
					const [first, second] = codecs.map((codec) => encoded(codec, batches)) as [Uint8Array, Uint8Array];
					expect(Buffer.compare(first, second)).toBe(0);
				}
			}),
			{ numRuns: 60 },
		);
	});

	it("are the same bytes where they were checked before", () => {
		fc.assert(
			fc.property(anyBatches, (batches) => {
				const schema = (batches[0] as arrow.RecordBatch).schema;
				for (const batch of batches) ts.check({ schema, batches: [batch] });
				expect(Buffer.compare(encoded(ts, batches, true), encoded(ts, batches))).toBe(0);
			}),
			{ numRuns: 60 },
		);
	});

	it("come back from compressed bodies, unpacked and checked by either engine", () => {
		fc.assert(
			fc.property(anyBatches, (batches) => {
				const bytes = encoded(compressed[0] as Codec, batches);
				for (const codec of engines) {
					const read = codec.decode(bytes, { validate: "full" });
					expect(read.batches.map(columnValues)).toEqual(batches.map(columnValues));
				}
			}),
			{ numRuns: 60 },
		);
	});

	it("are read by apache-arrow", () => {
		fc.assert(
			fc.property(anyBatches, (batches) => {
				const bytes = encoded(ts, batches);
				const read = [...arrow.RecordBatchReader.from(bytes.subarray(0, streamLengthOf(bytes)))];
				expect(read.map(columnValues)).toEqual(batches.map(columnValues));
			}),
			{ numRuns: 100 },
		);
	});

	it("are read as apache-arrow reads them, where apache-arrow wrote them", () => {
		fc.assert(
			fc.property(anyBatches, (batches) => {
				// Its writer fails with a dictionary among the values of another.
				fc.pre(!batches[0]?.schema.fields.some((field) => /Dictionary<\w+, .*Dictionary/.test(`${field.type}`)));
				const writer = new arrow.RecordBatchStreamWriter();
				for (const batch of ts.decode(encoded(ts, batches)).batches) writer.write(batch);
				const stream = writer.finish().toUint8Array(true).slice();
				const expected = [...arrow.RecordBatchReader.from(stream)].map(columnValues);
				expect(ts.decode(stream).batches.map(columnValues)).toEqual(expected);
			}),
			{ numRuns: 60 },
		);
	});

	it("are read by flechette", () => {
		fc.assert(
			fc.property(anyBatches, (batches) => {
				const bytes = encoded(ts, batches);
				const table = tableFromIPC(bytes.subarray(0, streamLengthOf(bytes)), { useBigInt: true });
				const columns = batches.map(columnValues);
				batches[0]?.schema.fields.forEach((_, index) => {
					const expected = columns.flatMap((values) => values[index] as unknown[]);
					const read = [...(table.getChildAt(index) as Iterable<unknown>)];
					expect(read.length).toBe(expected.length);
					read.forEach((value, row) => {
						expectAlike(value, expected[row]);
					});
				});
			}),
			{ numRuns: 60 },
		);
	});
});

/** Equal as far as the two libraries have one idea of a value: they differ about dates, decimals and names. */
function expectAlike(value: unknown, expected: unknown): void {
	if (expected === null || typeof expected === "string" || typeof expected === "boolean") expect(value).toBe(expected);
	else if (typeof expected === "bigint" || typeof value === "bigint")
		expect(BigInt(value as bigint)).toBe(BigInt(expected as bigint));
	else if (Array.isArray(expected) && (Array.isArray(value) || value instanceof Uint8Array)) {
		const values = Array.from(value as unknown[]);
		expect(values.length).toBe(expected.length);
		values.forEach((inner, index) => {
			expectAlike(inner, expected[index]);
		});
	}
}
