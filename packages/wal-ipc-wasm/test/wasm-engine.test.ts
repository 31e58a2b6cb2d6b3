import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { newSlab } from "../src/arena.ts";
import { SourceList } from "../src/batch-job.ts";
import { EngineFailure } from "../src/engine.ts";
import { instantiate } from "../src/load-wasm-engine.ts";
import { WasmEngine } from "../src/wasm-engine.ts";
import { WasmMemory } from "../src/wasm-memory.ts";
import { ts, wasm, wasmModule } from "./both-engines.ts";

const WINDOW_BYTES = 128 << 10;
const long = new Uint8Array(3 * WINDOW_BYTES + 77).map((_, index) => (index >> 5) ^ (index * 7));

it("the module that is inlined is the one that is shipped beside it", () => {
	// Read, not imported: tests also run on a module that another toolchain built, in place of the inlined one.
	const inlined = readFileSync(new URL("../src/gen/memwal-ipc-module.ts", import.meta.url), "utf8");
	const shipped = readFileSync(new URL("../wasm/memwal_ipc.wasm", import.meta.url));
	expect(inlined).toContain(`"${shipped.toString("base64")}"`);
});

it("reads what is longer than its window as if it were in one piece", () => {
	expect(wasm.crc32(long)).toBe(ts.crc32(long));
	const bits = long.length * 8 - 9;
	expect(wasm.countOnes(long, 5, bits)).toBe(ts.countOnes(long, 5, bits));
	const [shifted, expected] = [new Uint8Array(long.length), new Uint8Array(long.length)];
	wasm.shiftBits(long, 5, bits, shifted);
	ts.shiftBits(long, 5, bits, expected);
	expect(Buffer.compare(shifted, expected)).toBe(0);
});

it("finds what is wrong on either side of where its window ends", () => {
	const perWindow = WINDOW_BYTES / 4;
	const validity = new Uint8Array(perWindow / 2).fill(0xff);
	for (const at of [perWindow - 1, perWindow, 2 * perWindow + 5]) {
		const offsets = new Int32Array(4 * perWindow).map((_, index) => index);
		offsets[at] = at - 2;
		expect(wasm.badOffset(offsets, 4 * perWindow)).toBe(at);
		const indices = new Int32Array(4 * perWindow);
		indices[at] = -1;
		expect(wasm.badIndex(indices, 1, validity)).toBe(at);
		validity[at >> 3] = 0xff ^ (1 << (at & 7));
		expect(wasm.badIndex(indices, 1, validity)).toBe(-1);
		validity[at >> 3] = 0xff;
	}
});

it("reads a character that crosses the end of its window", () => {
	const text = new TextEncoder().encode("𝄞".repeat(WINDOW_BYTES / 2));
	for (let shift = 0; shift < 4; shift++) {
		const bytes = new Uint8Array(text.length + shift).fill(0x61);
		bytes.set(text, shift);
		expect(wasm.badUtf8(bytes)).toBe(-1);
		bytes[WINDOW_BYTES + 1] = 0x61;
		expect(wasm.badUtf8(bytes)).toBe(ts.badUtf8(bytes));
	}
});

it("does in TypeScript what needs more memory than it may have", async () => {
	const small = new WasmEngine(instantiate(wasmModule, 1 << 20));
	const source = new Uint8Array(1 << 20).fill(7);
	const [target, expected] = [new Uint8Array(5000), new Uint8Array(5000)];
	const length = small.lz4Compress(source, target);
	expect(length).toBe(ts.lz4Compress(source, expected));
	expect(target).toEqual(expected);
	const back = new Uint8Array(source.length);
	small.lz4Decompress(target.subarray(0, length), back);
	expect(Buffer.compare(back, source)).toBe(0);
});

it("turns a trap into a failure of the engine", () => {
	const sources = new SourceList();
	const bytes = new Uint8Array(64);
	const words = new Int32Array(bytes.buffer);
	// The number of rows would lie behind the template.
	const template = { bytes, words, rowsAt: 4096, bodyLengthAt: 0, nodesAt: 0, buffersAt: 0 };
	const job = {
		template,
		rows: 1,
		nodes: [],
		firstNode: 0,
		nodeCount: 0,
		sources,
		firstBuffer: 0,
		bufferCount: 0,
		compress: undefined,
	};
	const slab = newSlab(8192);
	expect(() => wasm.writeBatch(job, slab, 0)).toThrow(EngineFailure);
});

it("turns memory that cannot be had into a failure of the engine", () => {
	const memory = new WasmMemory(new WebAssembly.Memory({ initial: 1, maximum: 2 }), 1000, 1 << 30);
	expect(memory.reserve(65536)).toBe(true);
	expect(() => memory.reserve(1 << 20)).toThrow(EngineFailure);
});

it("gives views on what memory has grown to", () => {
	const memory = new WasmMemory(new WebAssembly.Memory({ initial: 1, maximum: 3 }), 1000, 3 * 65536);
	expect(memory.base).toBe(1024);
	expect(memory.bytes.length).toBe(65536);
	const before = memory.bytes;
	before[5] = 9;
	expect(memory.reserve(2 * 65536)).toBe(true);
	expect(before.length).toBe(0);
	expect(memory.bytes.length).toBe(3 * 65536);
	expect(memory.words[1]).toBe(9 << 8);
	expect(memory.reserve(3 * 65536)).toBe(false);
});
