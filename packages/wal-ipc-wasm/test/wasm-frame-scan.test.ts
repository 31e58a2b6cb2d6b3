import { WalError } from "@memwal/wal-runtime";
import * as arrow from "apache-arrow";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { instantiate } from "../src/load-wasm-engine.ts";
import { scanStream } from "../src/stream-scan.ts";
import { FrameScanError, type ScannedFrames, scanFrames } from "../src/wasm-frame-scan.ts";
import { wasmModule } from "./both-engines.ts";

const instance = instantiate(wasmModule, 8 << 20);

const batch = (...words: string[]) =>
	new arrow.Table({
		word: arrow.vectorFromArray(words, new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())),
		number: arrow.vectorFromArray(words.map((_, index) => index)),
	}).batches[0] as arrow.RecordBatch;

const stream = arrow.RecordBatchStreamWriter.writeAll([batch("a", "b"), batch("a", "b", "c")]).toUint8Array(true);

function scanInWasm(bytes: Uint8Array): ScannedFrames {
	instance.memory.reserve(bytes.length);
	instance.memory.bytes.set(bytes, instance.memory.base);
	return scanFrames(instance, instance.memory.base, bytes.length);
}

/** The same, as the scan in TypeScript finds it. */
function scanInTs(bytes: Uint8Array): ScannedFrames {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const { schema, messages, streamLength } = scanStream(view, undefined);
	const place = ({ start, bodyStart, end }: { start: number; bodyStart: number; end: number }) => ({
		start,
		bodyStart,
		end,
	});
	return {
		frames: [
			{ kind: "schema", ...place(schema) },
			...messages.map((message) => ({ kind: message.dictionary ? "dictionary" : "batch", ...place(message) }) as const),
		],
		streamLength,
	};
}

function resultOf(scan: () => ScannedFrames): ScannedFrames | Error {
	try {
		return scan();
	} catch (error) {
		return error as Error;
	}
}

it("finds what the scan in TypeScript finds", () => {
	const scanned = scanInWasm(stream);
	expect(scanned).toEqual(scanInTs(stream));
	expect(scanned.frames.map(({ kind }) => kind)).toContain("dictionary");
});

it("finds more messages than its first table has room for", () => {
	const one = batch("a");
	const many = arrow.RecordBatchStreamWriter.writeAll(new Array(100).fill(one)).toUint8Array(true);
	expect(scanInWasm(many)).toEqual(scanInTs(many));
});

it("refuses a stream cut short anywhere", () => {
	for (let cut = 0; cut < stream.length; cut++) {
		expect(() => scanInWasm(stream.subarray(0, cut))).toThrow(FrameScanError);
	}
});

it("ends in an error or in what TypeScript finds, whatever byte is damaged", () => {
	fc.assert(
		fc.property(fc.nat(stream.length - 1), fc.nat(255), (at, byte) => {
			const damaged = stream.slice();
			damaged[at] = byte;
			// Each reads what the other leaves to a later reader, and so refuses what the other does not.
			const [inWasm, inTs] = [scanInWasm, scanInTs].map((scan) => resultOf(() => scan(damaged)));
			if (inTs instanceof Error) expect(inTs).toBeInstanceOf(WalError);
			if (inWasm instanceof Error) expect(inWasm).toBeInstanceOf(FrameScanError);
			else if (!(inTs instanceof Error)) expect(inWasm).toEqual(inTs);
		}),
		{ numRuns: 500 },
	);
});
