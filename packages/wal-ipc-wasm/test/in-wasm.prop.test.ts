import { type Codec, loadCodec } from "@memwal/wal-ipc-wasm";
import type * as arrow from "apache-arrow";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { anyCDataBatches } from "./any-batch.ts";
import { columnValues, encodedBy } from "./sample-entries.ts";

const [plain, lz4] = (await Promise.all([loadCodec(), loadCodec({ compression: "lz4" })])) as [Codec, Codec];

/** The arrays of a column, and of all below it. */
function typesOf(data: arrow.Data): string[] {
	return [`${data.type}`, ...data.children.flatMap(typesOf)];
}

it.each([
	["plain", plain],
	["compressed", lz4],
])(
	"flat types, lists and structs from %s bodies are what the ordinary decode gives, as views and copies",
	async (_, codec) => {
		await fc.assert(
			fc.asyncProperty(anyCDataBatches, async (batches) => {
				const bytes = encodedBy(codec, batches);
				const ordinary = codec.decode(bytes);
				const entry = await codec.decodeInWasm(bytes);
				// It is a copy that was decoded.
				bytes.fill(0xff);
				const expected = batches.map(columnValues);
				for (const arrays of ["views", "copies"] as const) {
					const read = Array.from({ length: entry.length }, (_, index) => entry.batch(index, { arrays }));
					expect(read.map(columnValues)).toEqual(expected);
					expect(read.map(({ data }) => typesOf(data))).toEqual(ordinary.batches.map(({ data }) => typesOf(data)));
					expect(read.map(({ data }) => data.children.map(({ nullCount }) => nullCount))).toEqual(
						ordinary.batches.map(({ data }) => data.children.map(({ nullCount }) => nullCount)),
					);
					// What was read can be written again.
					expect(codec.decode(encodedBy(codec, read)).batches.map(columnValues)).toEqual(expected);
				}
				expect([entry.header, entry.writeId, entry.rows]).toEqual([ordinary.header, ordinary.writeId, ordinary.rows]);
				entry.release();
			}),
			{ numRuns: 40 },
		);
		expect(codec.outstandingLeases).toBe(0);
	},
);
