import { loadCodec } from "@memwal/wal-ipc-wasm";
import * as arrow from "apache-arrow";
import { expect, it } from "vitest";
import { portableCrc32 } from "../src/crc32.ts";
import { columnBatch, HEADER, WRITE_ID } from "./sample-entries.ts";

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
