import { loadCodec } from "@memwal/wal-ipc-wasm";
import { Dice, randomEntry } from "@memwal-private/arrow-samples";
import { expect, it } from "vitest";
import { FuzzCases } from "../src/fuzz-case.ts";
import { putTogether, seal, takeApart } from "../src/ipc-stream.ts";
import { dissect } from "../src/message-fields.ts";
import { mutate } from "../src/mutate.ts";

const codec = await loadCodec({ prefer: "ts" });
const entries = Array.from({ length: 20 }, (_, seed) => {
	const given = randomEntry(new Dice(seed));
	const entry = codec.encode({
		...given,
		header: { writerEpoch: 1n, fenceSentinel: false },
		writeId: new Uint8Array(16),
	});
	const bytes = entry.bytes.slice();
	entry.release();
	return bytes;
});

it("an entry that is taken apart, put together and sealed again is the same", () => {
	for (const entry of entries) {
		const again = putTogether(takeApart(entry));
		seal(again);
		expect(Buffer.compare(again, entry)).toBe(0);
	}
});

it("the numbers of a frame lie in its metadata, and its buffers in its body", () => {
	for (const entry of entries) {
		for (const frame of takeApart(entry).frames) {
			const bodyStart = 8 + new DataView(frame.buffer, frame.byteOffset).getUint32(4, true);
			const { numbers, buffers } = dissect(frame);
			expect(numbers.length).toBeGreaterThan(10);
			expect(numbers.every(({ at, bytes }) => at >= 4 && at + bytes <= bodyStart)).toBe(true);
			expect(buffers.every(({ start, length }) => start >= bodyStart && start + length <= frame.length)).toBe(true);
		}
	}
});

it("the same dice damage alike, and hardly ever not at all", () => {
	const [entry, other] = entries as [Uint8Array, Uint8Array];
	const mutants = Array.from({ length: 200 }, (_, seed) => mutate(new Dice(seed), entry, other));
	expect(Buffer.compare(mutate(new Dice(7), entry, other), mutants[7] as Uint8Array)).toBe(0);
	expect(mutants.filter((mutant) => Buffer.compare(mutant, entry) === 0).length).toBeLessThan(50);
});

it("damage goes deep: some of it decodes, and what is refused is refused for many reasons", async () => {
	const cases = await FuzzCases.load(1);
	const reasons = new Set<string>();
	for (let number = 0; number < 2_000; number++) {
		try {
			codec.decode(cases.make(number).bytes, { validate: "full" });
			reasons.add("none");
		} catch (error) {
			reasons.add((error as Error).message.replaceAll(/"[^"]*"|\d+/g, "…"));
		}
	}
	expect(reasons).toContain("none");
	expect(reasons.size).toBeGreaterThan(40);
});
