import * as root from "@memwal/wal-runtime";
import * as guide from "@memwal/wal-runtime/error-guide";
import * as testing from "@memwal/wal-runtime/testing";
import { expect, it } from "vitest";

it("each entry point exports these names and no others", () => {
	expect(Object.keys(root).sort()).toEqual([
		"AbortListeners",
		"ERROR_CODES",
		"WalError",
		"abortable",
		"abortedError",
		"backoffMs",
		"deadlineAfter",
		"isWalError",
		"isolated",
		"outcomeOf",
		"realClock",
		"realRandom",
		"retryRead",
		"seededRandom",
		"throwIfAborted",
		"withOutcome",
	]);
	expect(Object.keys(guide)).toEqual(["ERROR_GUIDE"]);
	expect(Object.keys(testing)).toEqual(["ManualClock"]);
});

it("every code has a kind, an exit code, a meaning and a remedy", () => {
	for (const [code, entry] of Object.entries(root.ERROR_CODES)) {
		expect(code).toMatch(/^WAL_[A-Z_]+$/);
		expect(entry.exitCode, code).toBeGreaterThan(0);
		const { meaning, remedy } = guide.ERROR_GUIDE[code as root.WalErrorCode];
		expect([meaning.endsWith("."), remedy.endsWith(".")], code).toEqual([true, true]);
	}
});
