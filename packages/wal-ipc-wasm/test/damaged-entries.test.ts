import { isWalError, type WalError } from "@memwal/wal-runtime";
import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { codec, columnBatch, columnValues, encodedBytes, streamLengthOf } from "./sample-entries.ts";

const key = "_mem_wal/shard/wal/1.arrow";
const entry = encodedBytes([
	columnBatch(new arrow.Utf8(), ["alpha", null, "gamma"]),
	columnBatch(new arrow.Utf8(), ["delta"]),
]);
const streamLength = streamLengthOf(entry);

function refusal(bytes: Uint8Array<ArrayBuffer>): WalError {
	try {
		codec.decode(bytes, { key });
	} catch (error) {
		if (isWalError(error)) return error;
		throw error;
	}
	throw new Error("the entry was accepted");
}

function changed(bytes: Uint8Array<ArrayBuffer>, change: (view: DataView) => void): Uint8Array<ArrayBuffer> {
	const copy = bytes.slice();
	change(new DataView(copy.buffer));
	return copy;
}

describe("a truncated entry is refused", () => {
	it("wherever it was cut, except between stream and trailer", () => {
		for (let length = 0; length < entry.length; length++) {
			// Cut there, it is what another engine writes: a whole stream and nothing behind it.
			if (length === streamLength) continue;
			const { code, details } = refusal(entry.slice(0, length)) as WalError<"WAL_CORRUPT">;
			expect([length, code, details.key]).toEqual([length, "WAL_CORRUPT", key]);
			expect(details.offset).toBeLessThanOrEqual(length);
		}
	});

	it("also when it is another engine's, which has no trailer", () => {
		const foreign = entry.slice(0, streamLength);
		expect(codec.decode(foreign).writeId).toBeUndefined();
		for (let length = 0; length < foreign.length; length++) {
			expect([length, refusal(foreign.slice(0, length)).code]).toEqual([length, "WAL_CORRUPT"]);
		}
	});

	it("between two messages, with the place where the next should begin", () => {
		const { frames } = messages(entry);
		const { details, message } = refusal(entry.slice(0, frames[1])) as WalError<"WAL_CORRUPT">;
		expect(details).toEqual({ key, offset: frames[1] });
		expect(message).toContain("end-of-stream");
	});
});

describe("a changed entry is refused", () => {
	it("whichever single bit was flipped", () => {
		const codes = new Map<string, number>();
		for (let bit = 0; bit < entry.length * 8; bit++) {
			const flipped = entry.slice();
			flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
			const { code } = refusal(flipped);
			codes.set(code, (codes.get(code) ?? 0) + 1);
		}
		expect([...codes.keys()].sort()).toEqual(["WAL_CORRUPT", "WAL_UNSUPPORTED"]);
		expect(codes.get("WAL_CORRUPT")).toBeGreaterThan(entry.length * 7);
	});

	it.each([
		["empty", new Uint8Array(0)],
		["all zeros", new Uint8Array(256)],
		["text", new TextEncoder().encode("this is not Arrow, whatever its name says")],
		["an Arrow file instead of a stream", new TextEncoder().encode("ARROW1\0\0and so on and so forth")],
		["only an end-of-stream marker", Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0)],
		["a message without content", Uint8Array.of(255, 255, 255, 255, 4, 0, 0, 0, 0, 0, 0, 0)],
		["metadata longer than the entry", Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127, 1, 2, 3, 4)],
	])("when it is %s", (_, bytes) => {
		const error = refusal(bytes as Uint8Array<ArrayBuffer>) as WalError<"WAL_CORRUPT">;
		expect([error.code, error.details.key, error.details.offset]).toEqual(["WAL_CORRUPT", key, expect.any(Number)]);
	});

	it("when a second schema follows the first", () => {
		const schema = entry.slice(0, messages(entry).frames[1]);
		const doubled = new Uint8Array(schema.length + streamLength);
		doubled.set(schema);
		doubled.set(entry.subarray(0, streamLength), schema.length);
		expect(refusal(doubled).details).toEqual({ key, offset: schema.length });
	});

	it("when a body is said to be longer than the entry, or negative", () => {
		const at = messages(entry).bodyLengthAt;
		for (const length of [1n << 40n, 2n ** 63n - 1n, -8n]) {
			const error = refusal(changed(entry.slice(0, streamLength), (view) => view.setBigInt64(at, length, true)));
			expect([error.code, error.details]).toEqual(["WAL_CORRUPT", { key, offset: messages(entry).frames[1] }]);
		}
	});
});

it("a schema that would unfold without end is refused at once", () => {
	const levels = 60;
	// Behind its 60 tables, the end of the stream.
	const length = 60 + levels * 48;
	const bytes = new Uint8Array(length + 8).fill(0xff, length, length + 4);
	const view = new DataView(bytes.buffer);
	const put = (at: number, ...values: number[]) => {
		values.forEach((value, index) => {
			view.setUint16(at + index * 2, value, true);
		});
	};
	view.setUint32(0, 0xffffffff, true);
	view.setUint32(4, length - 8, true);
	// A Message at 24 with a Schema at 44, which has one field: the table at 76.
	put(8, 16, 0, 10, 12, 0, 8, 4);
	put(24, 12, 0, 16, 0, 1);
	put(36, 8, 8, 0, 4);
	put(44, 8, 0, 4, 0, 1, 0, 20, 0);
	for (let level = 0; level < levels; level++) {
		// A struct at +16, with twice the next level as its children.
		const at = 60 + level * 48;
		put(at, 16, 16, 0, 0, 12, 0, 0, 4);
		put(at + 16, 16, 0, 12, 0, 0, 0, 13);
		put(at + 32, level < levels - 1 ? 2 : 0, 0, 28, 0, 24, 0);
	}
	expect(refusal(bytes).message).toContain("more fields than bytes");
});

describe("a batch without a checksum is refused", () => {
	const foreign = entry.slice(0, streamLength);
	const at = messages(entry);

	it("when its rows are not its columns' rows", () => {
		// The first batch has 3 rows: in its header, and in its only column's node.
		const metadata = [...foreign.subarray(at.frames[1], at.frames[2]).keys()];
		const problems = metadata
			.map((index) => (at.frames[1] as number) + index)
			.filter((index) => new DataView(foreign.buffer).getUint8(index) === 3)
			.map((index) => changed(foreign, (view) => view.setUint8(index, 200)))
			.map((bytes) => {
				try {
					return `${codec.decode(bytes).rows} rows`;
				} catch (error) {
					return `${error}`;
				}
			});
		expect(problems).toContainEqual(expect.stringContaining("a batch of 200 rows has a column of 3"));
		expect(problems).toContainEqual(expect.stringContaining("a batch of 3 rows has a column of 200"));
	});
});

describe("a trailer is refused", () => {
	it.each([
		["whose checksum does not match", 24, "WAL_CORRUPT"],
		["whose length is not the stream's", 16, "WAL_CORRUPT"],
		["of a later version", 28, "WAL_UNSUPPORTED"],
		["without the magic", 32, "WAL_CORRUPT"],
		["whose write id was changed", 0, "WAL_CORRUPT"],
	])("%s", (_, at, code) => {
		const bytes = changed(entry, (view) => view.setUint8(streamLength + at, view.getUint8(streamLength + at) + 1));
		expect(refusal(bytes)).toMatchObject({ code, details: { key } });
	});

	it("that something follows, or that is cut", () => {
		for (const length of [streamLength + 1, streamLength + 39, entry.length + 1]) {
			const bytes = new Uint8Array(length);
			bytes.set(entry.subarray(0, length));
			expect(refusal(bytes)).toMatchObject({ code: "WAL_CORRUPT", details: { key, offset: streamLength } });
		}
	});
});

it("an error names no key where none was given", () => {
	expect(() => codec.decode(new Uint8Array(0))).toThrow(expect.objectContaining({ details: { offset: 0 } }));
});

it("the entry itself is whole", () => {
	expect(codec.decode(entry, { key }).batches.map(columnValues)).toEqual([[["alpha", null, "gamma"]], [["delta"]]]);
});

/** Where the messages of a stream begin, and where the second one keeps its body's length, found without the codec. */
function messages(bytes: Uint8Array): { readonly frames: number[]; readonly bodyLengthAt: number } {
	const reader = new arrow.MessageReader(bytes.subarray(0, streamLength));
	const frames: number[] = [];
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	let bodyLengthAt = -1;
	let at = 0;
	for (const message of reader) {
		frames.push(at);
		const metadata = at + 8;
		if (frames.length === 2) {
			const table = metadata + view.getUint32(metadata, true);
			const vtable = table - view.getInt32(table, true);
			bodyLengthAt = table + view.getUint16(vtable + 4 + 3 * 2, true);
		}
		reader.readMessageBody(message.bodyLength);
		at = metadata + view.getUint32(at + 4, true) + message.bodyLength;
	}
	return { frames, bodyLengthAt };
}
