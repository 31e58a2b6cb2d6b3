import { loadCodec } from "@memwal/wal-ipc-wasm";
import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { portableCrc32 } from "../src/crc32.ts";
import { batchOf, columnBatch, HEADER, WRITE_ID } from "./sample-entries.ts";

const codec = await loadCodec();
const batch = columnBatch(new arrow.Int32(), [1, 2, 3]);
const encode = () => codec.encode({ schema: batch.schema, batches: [batch], header: HEADER, writeId: WRITE_ID });

it("pieces, put together, are the bytes, and the checksum is theirs", () => {
	const entry = encode();
	const bytes = Uint8Array.from(entry.pieces.flatMap((piece) => [...piece]));
	expect(bytes).toEqual(entry.bytes);
	expect(entry.byteLength).toBe(bytes.length);
	expect(entry.crc32).toBe(portableCrc32(bytes));
	entry.release();
});

it("every entry is outstanding until it is released", () => {
	expect(codec.outstandingLeases).toBe(0);
	const [first, second] = [encode(), encode()];
	expect(codec.outstandingLeases).toBe(2);
	first.release();
	expect(codec.outstandingLeases).toBe(1);
	expect(second.bytes.length).toBe(second.byteLength);
	second.release();
	expect(codec.outstandingLeases).toBe(0);
});

it("bytes and pieces cannot be read after the release", () => {
	const entry = encode();
	entry.release();
	const misuse = expect.objectContaining({ code: "WAL_INTERNAL" });
	expect(() => entry.bytes).toThrow(misuse);
	expect(() => entry.pieces).toThrow(misuse);
});

it("a second release throws and counts nothing", () => {
	const [kept, entry] = [encode(), encode()];
	entry.release();
	expect(() => entry.release()).toThrow(expect.objectContaining({ code: "WAL_INTERNAL" }));
	expect(codec.outstandingLeases).toBe(1);
	kept.release();
});

it("the bytes of one entry stay what they are while others are encoded", () => {
	const entry = encode();
	const before = entry.bytes.slice();
	for (let i = 0; i < 10; i++) encode().release();
	expect(entry.bytes).toEqual(before);
	entry.release();
});

describe("an entry that is too large to be copied", () => {
	const rows = 200_000;
	const values = Float64Array.from({ length: rows }, (_, row) => row / 7);
	const large = columnBatch(new arrow.Float64(), [0]).schema;
	const data = arrow.makeData({ type: new arrow.Float64(), data: values, nullCount: 0 });
	const largeBatch = batchOf(large.fields, [new arrow.Vector([data])], large);
	const encodeLarge = () => codec.encode({ schema: large, batches: [largeBatch], header: HEADER, writeId: WRITE_ID });

	it("has the columns themselves among its pieces", () => {
		const entry = encodeLarge();
		expect(entry.pieces.some((piece) => piece.buffer === values.buffer && piece.length === values.byteLength)).toBe(
			true,
		);
		expect(Buffer.compare(Buffer.concat(entry.pieces), entry.bytes)).toBe(0);
		expect([entry.byteLength, entry.crc32]).toEqual([entry.bytes.length, portableCrc32(entry.bytes)]);
		expect(codec.decode(entry.bytes.slice()).rows).toBe(rows);
		entry.release();
	});

	it("gives its memory back with the one release, bytes and pieces alike", () => {
		const entries = [encodeLarge(), encodeLarge()];
		const [first, second] = entries.map((entry) => entry.bytes.slice()) as [Uint8Array, Uint8Array];
		expect(Buffer.compare(first, second)).toBe(0);
		for (const entry of entries) entry.release();
		expect(codec.outstandingLeases).toBe(0);
	});
});

it("a retry after a timeout sends the very same bytes, although the next entry is being encoded", async () => {
	const sent: string[] = [];
	const send = async (pieces: readonly Uint8Array[]) => {
		await new Promise((resolve) => setImmediate(resolve));
		sent.push(Buffer.concat(pieces).toString("hex"));
		if (sent.length === 1) throw new Error("timeout");
	};
	const entry = encode();
	const meant = Buffer.from(entry.bytes).toString("hex");
	const next = Array.from({ length: 50 }, () => encode());
	await expect(send(entry.pieces)).rejects.toThrow("timeout");
	for (const other of next) other.release();
	encode().release();
	await send(entry.pieces);
	expect(sent).toEqual([meant, meant]);
	entry.release();
});
