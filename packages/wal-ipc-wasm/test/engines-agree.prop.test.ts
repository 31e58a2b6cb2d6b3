import { isUtf8 } from "node:buffer";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { newSlab } from "../src/arena.ts";
import type { BatchJob } from "../src/batch-job.ts";
import { SourceList } from "../src/batch-job.ts";
import type { Engine, IndexArray } from "../src/engine.ts";
import { Lz4FrameError } from "../src/lz4-frame-error.ts";
import * as SOURCE from "../src/source-kind.ts";
import { ENGINES, ts, wasm } from "./both-engines.ts";
import { almostUtf8, compressibleBytes, shortSequences } from "./byte-arbitraries.ts";

/** What unpacking ends in: the bytes, or what is wrong and where. */
function unpack(engine: Engine, frame: Uint8Array, length: number): Uint8Array | string {
	const target = new Uint8Array(length);
	try {
		engine.lz4Decompress(frame, target);
		return target;
	} catch (error) {
		if (error instanceof Lz4FrameError) return `${error.problem} at ${error.at}`;
		throw error;
	}
}

it("both compress to the same bytes, which both unpack to what it was", () => {
	fc.assert(
		fc.property(compressibleBytes, fc.nat(40), (source, room) => {
			const [target, other] = [new Uint8Array(source.length + room), new Uint8Array(source.length + room)];
			const length = ts.lz4Compress(source, target);
			expect(wasm.lz4Compress(source, other)).toBe(length);
			const frame = target.subarray(0, length);
			expect(Buffer.compare(other.subarray(0, length), frame)).toBe(0);
			if (length === 0) return;
			for (const engine of ENGINES) expect(unpack(engine, frame, source.length)).toEqual(new Uint8Array(source));
		}),
	);
});

it("both end alike on a damaged frame: in the same bytes, or with the same problem at the same place", () => {
	const damages = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 255))), {
		minLength: 1,
		maxLength: 4,
	});
	fc.assert(
		fc.property(compressibleBytes, damages, fc.integer({ min: -2, max: 2 }), (source, damage, more) => {
			const target = new Uint8Array(source.length + 500);
			const frame = target.slice(0, ts.lz4Compress(source, target));
			for (const [at, byte] of damage) frame[at % frame.length] = byte;
			const length = Math.max(0, source.length + more);
			expect(unpack(wasm, frame, length)).toEqual(unpack(ts, frame, length));
		}),
		{ numRuns: 500 },
	);
});

it("both end alike on sequences that no compressor would write", () => {
	fc.assert(
		fc.property(shortSequences, fc.integer({ min: -90, max: 1 }), ({ frame, length }, more) => {
			expect(unpack(wasm, frame, length)).toEqual(unpack(ts, frame, length));
			expect(unpack(wasm, frame, length + more)).toEqual(unpack(ts, frame, length + more));
		}),
		{ numRuns: 1_000 },
	);
});

it("both count and shift the same bits, and write nothing else", () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), fc.nat(), (bitmap, a, b) => {
			const total = bitmap.length * 8;
			const start = a % (total + 1);
			const bits = b % (total - start + 1);
			const isSet = (bit: number) => (((bitmap[bit >> 3] as number) >> (bit & 7)) & 1) === 1;
			let ones = 0;
			const expected = new Uint8Array(Math.ceil(bits / 8) + 3).fill(0xee);
			expected.fill(0, 0, Math.ceil(bits / 8));
			for (let bit = 0; bit < bits; bit++) {
				if (!isSet(start + bit)) continue;
				ones++;
				expected[bit >> 3] = (expected[bit >> 3] as number) | (1 << (bit & 7));
			}
			for (const engine of ENGINES) {
				expect(engine.countOnes(bitmap, start, bits)).toBe(ones);
				const target = new Uint8Array(expected.length).fill(0xee);
				engine.shiftBits(bitmap, start, bits, target);
				expect(target).toEqual(expected);
			}
		}),
	);
});

it("both find the first offset that falls, is negative or goes past the limit", () => {
	const steps = fc.array(fc.oneof({ weight: 30, arbitrary: fc.nat(9) }, fc.integer({ min: -20, max: 5000 })), {
		maxLength: 400,
		size: "max",
	});
	fc.assert(
		fc.property(steps, fc.nat(6000), fc.boolean(), (list, limit, wide) => {
			let at = 0;
			const values = list.map((step) => (at += step));
			const expected = values.findIndex((value, index) => value < (values[index - 1] ?? 0) || value > limit);
			const offsets = wide ? BigInt64Array.from(values, BigInt) : Int32Array.from(values);
			for (const engine of ENGINES) expect(engine.badOffset(offsets, limit)).toBe(expected);
		}),
	);
});

it("offsets of 64 bits are read in full", () => {
	const far = 2n ** 40n;
	for (const engine of ENGINES) {
		expect(engine.badOffset(BigInt64Array.of(0n, far, far + 1n), 2 ** 40 + 1)).toBe(-1);
		expect(engine.badOffset(BigInt64Array.of(0n, far, far + 2n), 2 ** 40 + 1)).toBe(2);
		expect(engine.badOffset(BigInt64Array.of(0n, far, far - 1n), 2 ** 50)).toBe(2);
		expect(engine.badOffset(BigInt64Array.of(-(2n ** 63n)), 2 ** 50)).toBe(0);
		expect(engine.badOffset(BigInt64Array.of(0n, 2n ** 63n - 1n), 2 ** 50)).toBe(1);
	}
});

const INDEX_ARRAYS = [
	Int8Array,
	Uint8Array,
	Int16Array,
	Uint16Array,
	Int32Array,
	Uint32Array,
	BigInt64Array,
	BigUint64Array,
] as const;

it("both find the first valid index that is negative or not below the limit, in every width", () => {
	const values = fc.array(fc.oneof({ weight: 40, arbitrary: fc.nat(100) }, fc.integer({ min: -3, max: 70_000 })), {
		maxLength: 300,
		size: "max",
	});
	fc.assert(
		fc.property(
			fc.constantFrom(...INDEX_ARRAYS),
			values,
			fc.integer({ min: 0, max: 300 }),
			fc.option(fc.uint8Array({ minLength: 40, maxLength: 40 })),
			(IndexArrayOfWidth, list, limit, validity) => {
				const isBig = IndexArrayOfWidth === BigInt64Array || IndexArrayOfWidth === BigUint64Array;
				const indices = (IndexArrayOfWidth as { from(values: readonly unknown[]): IndexArray }).from(
					isBig ? list.map(BigInt) : list,
				);
				const isValid = (row: number) => !validity || (((validity[row >> 3] as number) >> (row & 7)) & 1) === 1;
				const expected = Array.from(indices as Iterable<number | bigint>, Number).findIndex(
					(index, row) => (index < 0 || index >= limit) && isValid(row),
				);
				for (const engine of ENGINES) {
					expect(engine.badIndex(indices, limit, validity ?? undefined)).toBe(expected);
				}
			},
		),
		{ numRuns: 300 },
	);
});

it("both take for UTF-8 what Node takes for it, and name the same byte where it is not", () => {
	fc.assert(
		fc.property(almostUtf8, (bytes) => {
			const bad = ts.badUtf8(bytes);
			expect(wasm.badUtf8(bytes)).toBe(bad);
			expect(isUtf8(bytes)).toBe(bad === -1);
			if (bad >= 0) expect(isUtf8(bytes.subarray(0, bad))).toBe(true);
		}),
		{ numRuns: 1000 },
	);
});

it("both give the same checksum, in one piece or two", () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
			const expected = ts.crc32(bytes);
			expect(wasm.crc32(bytes)).toBe(expected);
			expect(wasm.crc32(bytes.subarray(cut), wasm.crc32(bytes.subarray(0, cut)))).toBe(expected);
		}),
	);
});

const HEADER_BYTES = 256;
const TEMPLATE = { rowsAt: 8, bodyLengthAt: 16, nodesAt: 24, buffersAt: 64 };

/** Fills the list with one source of each description. */
function addSources(list: SourceList, sources: readonly { kind: number; bytes: Uint8Array; start: number }[]): void {
	for (const { kind, bytes, start } of sources) {
		const words = bytes.length >> 2;
		if (kind === SOURCE.none) list.addNone();
		else if (kind === SOURCE.bytes)
			list.addBytes(bytes, start % (bytes.length + 1), bytes.length - (start % (bytes.length + 1)));
		else if (kind === SOURCE.bits) {
			const from = start % (bytes.length * 8 + 1);
			list.addBits(bytes, from, bytes.length * 8 - from);
		} else if (kind === SOURCE.offsets32)
			list.addOffsets(new Int32Array(bytes.slice(0, words * 4).buffer), start, words);
		else list.addOffsets(new BigInt64Array(bytes.slice(0, (words >> 1) * 8).buffer), start, words >> 1);
	}
}

it("both write the same frame from the same job, whatever lay there before", () => {
	const source = fc.record({ kind: fc.integer({ min: 0, max: 4 }), bytes: compressibleBytes, start: fc.nat(5000) });
	fc.assert(
		fc.property(
			fc.array(source, { maxLength: 8 }),
			fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 2 }),
			fc.boolean(),
			fc.uint8Array({ minLength: HEADER_BYTES, maxLength: HEADER_BYTES }),
			(sources, nodes, compressed, header) => {
				const list = new SourceList();
				list.addNone();
				addSources(list, sources);
				const bytes = new Uint8Array(header);
				const jobFor = (engine: Engine): BatchJob => ({
					template: { bytes, words: new Int32Array(bytes.buffer), ...TEMPLATE },
					rows: 12_345,
					nodes: [9, 9, ...nodes.flat()],
					firstNode: 2,
					nodeCount: nodes.length,
					sources: list,
					firstBuffer: 1,
					bufferCount: sources.length,
					compress: compressed ? engine.lz4Compress : undefined,
				});
				const room = HEADER_BYTES + 64 + sources.reduce((sum, { bytes: { length } }) => sum + length + 128, 0);
				const written = ENGINES.map((engine, index) => {
					const slab = newSlab(room);
					slab.bytes.fill(index + 1);
					const end = engine.writeBatch(jobFor(engine), slab, 64);
					expect(end % 64).toBe(0);
					expect(slab.bytes[end] ?? index + 1).toBe(index + 1);
					return slab.bytes.subarray(64, end);
				});
				expect(Buffer.compare(written[0] as Uint8Array, written[1] as Uint8Array)).toBe(0);
			},
		),
	);
});
