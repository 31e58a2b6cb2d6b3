import { loadCodec } from "@memwal/wal-ipc-wasm";
import { isWalError } from "@memwal/wal-runtime";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { Schema, Table, tableFromArrays, tableToIPC } from "apache-arrow";
import { expect, test } from "vitest";
import { WalEntryData } from "../src/wal-entry-data.ts";

const KEY = "anywhere/at-all.arrow";

function streamOf(metadata: Readonly<Record<string, string>>): Uint8Array {
	const first = tableFromArrays({ id: Int32Array.from({ length: 10 }, (_, i) => i) });
	const second = tableFromArrays({ id: Int32Array.from({ length: 5 }, (_, i) => i) });
	const schema = new Schema(first.schema.fields, new Map(Object.entries(metadata)));
	return tableToIPC(new Table(schema, [...first.batches, ...second.batches]), "stream");
}

test("epoch and batches are read under any key", async () => {
	const store = openMemoryStore();
	await store.putIfAbsent(KEY, streamOf({ writer_epoch: "42" }));
	const data = await WalEntryData.read(store, KEY);
	expect(data.writerEpoch).toBe(42n);
	expect(data.batches.map((batch) => batch.numRows)).toEqual([10, 5]);
});

test.each([{}, { writer_epoch: "many" }])(
	"an epoch that cannot be read (%j) is 0, so that the rows can still be looked at",
	async (metadata) => {
		const store = openMemoryStore();
		await store.putIfAbsent(KEY, streamOf(metadata));
		const data = await WalEntryData.read(store, KEY, { codec: await loadCodec() });
		expect(data.writerEpoch).toBe(0n);
		expect(data.batches).toHaveLength(2);
	},
);

test("an entry that is not there is WAL_NOT_FOUND with its key", async () => {
	const error = await WalEntryData.read(openMemoryStore(), KEY).catch((error: unknown) => error);
	expect(isWalError(error, "WAL_NOT_FOUND") && error.details.key).toBe(KEY);
});

test("a damaged entry is WAL_CORRUPT with its key and the byte", async () => {
	const store = openMemoryStore();
	await store.putIfAbsent(KEY, streamOf({ writer_epoch: "42" }).subarray(0, 100));
	const error = await WalEntryData.read(store, KEY).catch((error: unknown) => error);
	expect(isWalError(error, "WAL_CORRUPT") && error.details).toMatchObject({ key: KEY, offset: expect.any(Number) });
});
