import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { portableCrc32 } from "../src/crc32.ts";
import { Lz4FrameError, type Lz4Problem } from "../src/lz4-frame-error.ts";
import { xxh32 } from "../src/xxh32.ts";
import { ENGINES } from "./both-engines.ts";

interface ReferenceFrame {
	readonly name: string;
	readonly bytes: number;
	readonly crc32: number;
	readonly frame: string;
}

/** Made by `golden/make-lz4-frames.py`. */
const reference: readonly ReferenceFrame[] = JSON.parse(
	readFileSync(new URL("golden/lz4-frames.json", import.meta.url), "utf8"),
);

/** A frame like ours around one block. */
function frameOf(...block: number[]): Uint8Array {
	return Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73, block.length, 0, 0, 0, ...block, 0, 0, 0, 0);
}

it("xxh32 gives the reference values", () => {
	const hash = (text: string) => xxh32(new DataView(new TextEncoder().encode(text).buffer), 0, text.length);
	expect(hash("")).toBe(0x02cc5d05);
	expect(hash("abc")).toBe(0x32d153ff);
	expect(hash("Nobody inspects the spammish repetition")).toBe(0xe2293b2f);
});

describe.each(ENGINES)("LZ4 by $name", (engine) => {
	function problemOf(frame: Uint8Array, length: number): readonly [Lz4Problem, number] | undefined {
		try {
			engine.lz4Decompress(frame, new Uint8Array(length));
			return undefined;
		} catch (error) {
			if (!(error instanceof Lz4FrameError)) throw error;
			return [error.problem, error.at];
		}
	}

	it.each(reference)("reads the reference's frame: $name", ({ bytes, crc32, frame }) => {
		const target = new Uint8Array(bytes);
		engine.lz4Decompress(Buffer.from(frame, "base64"), target);
		expect(portableCrc32(target)).toBe(crc32);
	});

	it("refuses a frame that is cut short anywhere", () => {
		const { bytes, frame } = reference.find(({ name }) => name.startsWith("both")) as ReferenceFrame;
		const whole = Buffer.from(frame, "base64");
		for (let cut = 0; cut < whole.length; cut += 7) {
			expect(problemOf(whole.subarray(0, cut), bytes)?.[0]).toBe("truncated");
		}
	});

	it("notices a bit that is wrong where there are checksums", () => {
		const { bytes, frame } = reference.find(({ name }) => name.startsWith("both")) as ReferenceFrame;
		const whole = Buffer.from(frame, "base64");
		for (let at = 0; at < whole.length; at += 11) {
			const damaged = whole.slice();
			damaged[at] = (damaged[at] as number) ^ 0x10;
			expect(problemOf(damaged, bytes)).toBeDefined();
		}
	});

	it("refuses frames that hold more or less than announced", () => {
		const frame = frameOf(0x50, 1, 2, 3, 4, 5);
		expect(problemOf(frame, 5)).toBeUndefined();
		expect(problemOf(frame, 4)).toEqual(["too-long", 11]);
		expect(problemOf(frame, 6)).toEqual(["too-short", 17]);
		expect(problemOf(frameOf(0x1f, 7, 1, 0, 255, 255, 255, 255, 0, 0x00), 500)).toEqual(["too-long", 11]);
	});

	it("refuses matches that reach before the first byte, and none at all", () => {
		expect(problemOf(frameOf(0x10, 7, 2, 0, 0x50, 1, 2, 3, 4, 5), 10)).toEqual(["bad-distance", 11]);
		expect(problemOf(frameOf(0x10, 7, 0, 0, 0x50, 1, 2, 3, 4, 5), 10)).toEqual(["bad-distance", 11]);
	});

	it("refuses matches that reach into the block before where blocks are to be read on their own", () => {
		const first = [6, 0, 0, 0, 0x50, 1, 2, 3, 4, 5];
		const second = [9, 0, 0, 0, 0x00, 5, 0, 0x50, 1, 2, 3, 4, 5];
		const frame = (flags: number, checksum: number) =>
			Uint8Array.of(0x04, 0x22, 0x4d, 0x18, flags, 0x40, checksum, ...first, ...second, 0, 0, 0, 0);
		expect(problemOf(frame(0x40, 0xc0), 14)).toBeUndefined();
		expect(problemOf(frame(0x60, 0x82), 14)).toEqual(["bad-distance", 21]);
	});

	it("says what is wrong with a header", () => {
		const withByte = (at: number, byte: number) => {
			const frame = frameOf(0x10, 7);
			frame[at] = byte;
			return frame;
		};
		expect(problemOf(withByte(0, 5), 1)).toEqual(["not-a-frame", 0]);
		expect(problemOf(withByte(4, 0xa0), 1)).toEqual(["bad-header", 4]);
		expect(problemOf(withByte(4, 0x61), 1)).toEqual(["dictionary", 4]);
		expect(problemOf(withByte(5, 0x30), 1)).toEqual(["bad-header", 5]);
		expect(problemOf(withByte(6, 0x74), 1)).toEqual(["header-checksum", 6]);
		expect(problemOf(withByte(10, 0x01), 1)).toEqual(["block-too-large", 7]);
		const { bytes, frame } = reference.find(({ name }) => name === "one byte") as ReferenceFrame;
		expect(problemOf(Buffer.from(frame, "base64"), bytes + 1)).toEqual(["content-size", 6]);
	});

	it("passes over padding that a writer counted in, and refuses anything else behind the end", () => {
		const frame = frameOf(0x10, 7);
		const padded = (...bytes: number[]) => Uint8Array.of(...frame, ...bytes);
		expect(problemOf(padded(...new Array(63).fill(0)), 1)).toBeUndefined();
		expect(problemOf(padded(...new Array(64).fill(0)), 1)).toEqual(["bytes-after-end", frame.length]);
		expect(problemOf(padded(0, 1), 1)).toEqual(["bytes-after-end", frame.length]);
	});

	it("keeps a block of noise as it is, and tells where a frame does not fit", () => {
		const noise = Buffer.from(
			(reference.find(({ name }) => name.startsWith("noise")) as ReferenceFrame).frame,
			"base64",
		);
		const target = new Uint8Array(noise.length + 100);
		const length = engine.lz4Compress(noise, target);
		expect(length).toBe(7 + 4 + noise.length + 4);
		expect(target.subarray(11, 11 + noise.length)).toEqual(new Uint8Array(noise));
		expect(engine.lz4Compress(noise, target.subarray(0, length - 1))).toBe(0);
		expect(engine.lz4Compress(noise, new Uint8Array(0))).toBe(0);
	});

	it("begins a new block after 4 MiB", () => {
		const source = new Uint8Array((4 << 20) + 1000).map((_, index) => (index >> 9) ^ index);
		const target = new Uint8Array(source.length);
		const length = engine.lz4Compress(source, target);
		const second = 7 + 4 + new DataView(target.buffer).getUint32(7, true);
		expect(second).toBeLessThan(length - 8);
		const back = new Uint8Array(source.length);
		engine.lz4Decompress(target.subarray(0, length), back);
		expect(Buffer.compare(back, source)).toBe(0);
	});
});
