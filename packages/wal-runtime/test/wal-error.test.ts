import { ERROR_CODES, isWalError, outcomeOf, WalError, type WalErrorCode, withOutcome } from "@memwal/wal-runtime";
import { describe, expect, it, vi } from "vitest";

const fenced = new WalError("WAL_FENCED", "taken over", { details: { epoch: 3n, fencedBy: 2n ** 63n } });

describe("a WalError", () => {
	it("knows its kind and whether trying again can help", () => {
		for (const [code, { kind, retryable }] of Object.entries(ERROR_CODES)) {
			const error = new WalError(code as WalErrorCode, "x");
			expect([error.code, error.kind, error.retryable]).toEqual([code, kind, retryable]);
			expect(error).toBeInstanceOf(Error);
		}
	});

	it("is an AbortError to those who know only that", () => {
		expect(new WalError("WAL_ABORTED", "x").name).toBe("AbortError");
		expect(fenced.name).toBe("WalError");
		expect(fenced.stack).toContain("taken over");
	});

	it("has an outcome only where one was given", () => {
		expect(new WalError("WAL_TIMEOUT", "x", { outcome: "unknown" }).outcome).toBe("unknown");
		expect(new WalError("WAL_TIMEOUT", "x").outcome).toBeUndefined();
	});
});

describe("isWalError", () => {
	it("tells our errors from others, and codes from each other", () => {
		expect(isWalError(fenced)).toBe(true);
		expect(isWalError(fenced, "WAL_FENCED")).toBe(true);
		expect(isWalError(fenced, "WAL_GAP")).toBe(false);
		for (const other of [new Error("x"), null, undefined, "WAL_FENCED", 5, { code: "WAL_FENCED" }]) {
			expect(isWalError(other)).toBe(false);
		}
	});

	it("narrows the details to those of the code", () => {
		const error: unknown = fenced;
		if (!isWalError(error, "WAL_FENCED")) throw new Error("not narrowed");
		const { fencedBy }: { fencedBy: bigint } = error.details;
		expect(fencedBy).toBe(2n ** 63n);
	});

	it("knows the errors of another copy of this package", async () => {
		vi.resetModules();
		const copy = await import("@memwal/wal-runtime");
		const theirs = new copy.WalError("WAL_GAP", "x", { outcome: "unknown", details: { laterPosition: 7n } });
		expect(copy.WalError).not.toBe(WalError);
		expect(theirs).not.toBeInstanceOf(WalError);
		expect(isWalError(theirs, "WAL_GAP") && theirs.details.laterPosition).toBe(7n);
		expect(copy.isWalError(fenced, "WAL_FENCED")).toBe(true);
		expect(outcomeOf(theirs)).toBe("unknown");
	});
});

describe("the JSON form", () => {
	it("writes bigint as decimal digits, and leaves out what is not there", () => {
		expect(JSON.parse(JSON.stringify(fenced))).toEqual({
			name: "WalError",
			code: "WAL_FENCED",
			kind: "fenced",
			retryable: false,
			message: "taken over",
			details: { epoch: "3", fencedBy: "9223372036854775808" },
		});
	});

	it("keeps the chain of causes, ours and others, with their codes", () => {
		const disk = Object.assign(new Error("no space left"), { code: "ENOSPC", cause: "a string" });
		const denied = new WalError("WAL_DENIED", "full", { cause: disk, outcome: "not-written" });
		const poisoned = new WalError("WAL_POISONED", "stopped", { cause: denied });
		expect(poisoned.toJSON()).toMatchObject({
			cause: {
				code: "WAL_DENIED",
				outcome: "not-written",
				cause: { name: "Error", code: "ENOSPC", message: "no space left", cause: "a string" },
			},
		});
	});

	it("ends, also where the causes go in a circle", () => {
		const circle: Error & { cause?: unknown } = new Error("round");
		circle.cause = circle;
		const text = JSON.stringify(new WalError("WAL_INTERNAL", "x", { cause: circle }));
		expect(text.match(/round/g)?.length).toBeLessThan(20);
	});
});

describe("an outcome", () => {
	it("that an error does not state is unknown", () => {
		expect(outcomeOf(new WalError("WAL_DENIED", "x", { outcome: "not-written" }))).toBe("not-written");
		for (const error of [new WalError("WAL_DENIED", "x"), new Error("x"), undefined]) {
			expect(outcomeOf(error)).toBe("unknown");
		}
	});

	it("of the whole call replaces that of its last attempt, and all else stays", () => {
		const cause = new Error("ENOSPC");
		const details = { reason: "no-space" } as const;
		const last = new WalError("WAL_DENIED", "full", { outcome: "not-written", details, cause });
		expect(withOutcome(last, "not-written")).toBe(last);
		const whole = withOutcome(last, "unknown");
		expect(whole).toMatchObject({ code: "WAL_DENIED", outcome: "unknown", details });
		expect(whole.cause).toBe(cause);
	});
});
