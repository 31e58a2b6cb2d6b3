import { isWalError } from "@memwal/wal-runtime";
import {
	Dictionary,
	Int32,
	RecordBatchFileWriter,
	type Schema,
	tableFromArrays,
	tableFromIPC,
	Utf8,
} from "apache-arrow";
import { expect, it } from "vitest";
import { decodeArrowFile, encodeArrowFile } from "../src/arrow-file.ts";
import type { FileLabel } from "../src/file-label.ts";
import { SAMPLE_SCHEMA, sampleBatch, sampleIds } from "../src/sample-rows.ts";

const label: FileLabel = {
	number: 3n,
	shard: "aa48498d-ac91-59e2-8452-69f46010ace2",
	writerEpoch: 2n,
	generation: 5n,
	afterEntryPosition: 10n,
	firstEntryPosition: 12n,
	lastEntryPosition: 2n ** 64n - 1n,
	rows: 4,
};
const batches = [sampleBatch(0, 1), sampleBatch(1, 3)];

/** The batches in a file whose metadata is changed. */
function fileWith(metadata: Readonly<Record<string, string | undefined>>): Uint8Array {
	const table = tableFromIPC(encodeArrowFile(label, SAMPLE_SCHEMA, batches));
	for (const [key, value] of Object.entries(metadata)) {
		if (value === undefined) table.schema.metadata.delete(key);
		else table.schema.metadata.set(key, value);
	}
	return RecordBatchFileWriter.writeAll(table).toUint8Array(true);
}

it("a file is one that apache-arrow reads, with its label beside the schema's own metadata", () => {
	const schema = SAMPLE_SCHEMA.assign(SAMPLE_SCHEMA) as Schema;
	schema.metadata.set("unit", "degrees");
	const bytes = encodeArrowFile(label, schema, batches);
	const table = tableFromIPC(bytes);
	expect(Object.fromEntries(table.schema.metadata)).toEqual({
		unit: "degrees",
		"memwal.file_number": "3",
		"memwal.shard": label.shard,
		"memwal.writer_epoch": "2",
		"memwal.generation": "5",
		"memwal.after_entry_position": "10",
		"memwal.first_entry_position": "12",
		"memwal.last_entry_position": "18446744073709551615",
		"memwal.rows": "4",
	});
	expect(sampleIds(table.batches)).toEqual([0, 1, 2, 3]);
	expect(decodeArrowFile("key", bytes).label).toEqual(label);
});

it("the same rows under the same label are the same bytes, and another writer's are not", () => {
	const again = [sampleBatch(0, 1), sampleBatch(1, 3)];
	const bytes = encodeArrowFile(label, SAMPLE_SCHEMA, batches);
	expect(encodeArrowFile(label, SAMPLE_SCHEMA, again)).toEqual(bytes);
	expect(encodeArrowFile({ ...label, writerEpoch: 3n }, SAMPLE_SCHEMA, again)).not.toEqual(bytes);
});

it("dictionaries of several puts become one, where each text is once", () => {
	const table = tableFromIPC(encodeArrowFile(label, SAMPLE_SCHEMA, batches));
	const [first, second] = table.batches.map((batch) => batch.getChild("city")?.data[0]?.dictionary);
	expect([...(first ?? [])]).toEqual(["Berlin", "Bergen", "Bern", "Berwick"]);
	expect(second).toBe(first);
	const [city] = table.schema.fields.filter(({ name }) => name === "city");
	expect(`${city?.type}`).toBe(`${new Dictionary(new Utf8(), new Int32())}`);
});

it.each([
	["nothing", new Uint8Array()],
	["garbage", new Uint8Array(200).fill(7)],
	["a table without a label", RecordBatchFileWriter.writeAll(tableFromArrays({ id: [1] })).toUint8Array(true)],
	["a label without a number", fileWith({ "memwal.file_number": undefined })],
	["a position that is no number", fileWith({ "memwal.last_entry_position": "-1" })],
	["a range that is none", fileWith({ "memwal.last_entry_position": "11" })],
	["an entry that the file before has", fileWith({ "memwal.after_entry_position": "12" })],
	["fewer rows than it says", fileWith({ "memwal.rows": "5" })],
])("%s is no file of a chain", (_what, bytes) => {
	try {
		decodeArrowFile("some/key", bytes);
	} catch (error) {
		expect(isWalError(error, "WAL_CORRUPT")).toBe(true);
		expect(error).toMatchObject({ details: { key: "some/key" } });
		return;
	}
	throw new Error("it was read");
});
