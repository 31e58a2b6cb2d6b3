import { describe, expect, it } from "vitest";
import { decodeMessage, encodeMessage, type WriterMessage } from "../src/writer-protocol.ts";

const messages: readonly WriterMessage[] = [
	{ kind: "ready" },
	{ kind: "opened", epoch: 3n },
	{ kind: "acknowledged", entryPosition: 2n ** 63n, firstSequence: 0, rows: 12 },
	{ kind: "fenced" },
	{ kind: "closed" },
	{ kind: "failed", problem: "no space left" },
];

describe("what a writer process says", () => {
	it.each(messages)("comes back as it was said: $kind", (message) => {
		expect(decodeMessage(encodeMessage(message))).toEqual(message);
	});

	it("stays on one line, whatever failed", () => {
		expect(encodeMessage({ kind: "failed", problem: "a\nb\tc" })).toBe("failed a b c");
	});

	it("is a failure when it makes no sense", () => {
		expect(decodeMessage("Segmentation fault")).toEqual({ kind: "failed", problem: 'said "Segmentation fault"' });
	});
});
