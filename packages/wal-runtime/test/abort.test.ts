import { abortable, abortedError, throwIfAborted } from "@memwal/wal-runtime";
import { describe, expect, it } from "vitest";

describe("an aborted signal", () => {
	it("becomes WAL_ABORTED with the caller's reason, and an outcome where a write was involved", () => {
		const reason = new Error("enough");
		const signal = AbortSignal.abort(reason);
		expect(() => throwIfAborted(signal, "not-written")).toThrow(
			expect.objectContaining({ code: "WAL_ABORTED", outcome: "not-written", cause: reason }),
		);
		expect(abortedError(signal).outcome).toBeUndefined();
	});

	it("that is not aborted, or not there, stops nothing", () => {
		expect(() => throwIfAborted(undefined)).not.toThrow();
		expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
	});
});

describe("abortable", () => {
	it("gives what the promise gives", async () => {
		const { signal } = new AbortController();
		expect(await abortable(Promise.resolve(5), undefined)).toBe(5);
		expect(await abortable(Promise.resolve(5), signal)).toBe(5);
		await expect(abortable(Promise.reject(new Error("theirs")), signal)).rejects.toThrow("theirs");
	});

	it("ends the wait when the signal comes first", async () => {
		const abort = new AbortController();
		const waiting = abortable(new Promise(() => undefined), abort.signal);
		abort.abort();
		await expect(waiting).rejects.toMatchObject({ code: "WAL_ABORTED" });
	});

	it("does not wait at all where the signal is aborted, and lets the work fail in peace", async () => {
		const unhandled: unknown[] = [];
		const note = (error: unknown) => unhandled.push(error);
		process.on("unhandledRejection", note);
		await expect(abortable(Promise.reject(new Error("late")), AbortSignal.abort())).rejects.toMatchObject({
			code: "WAL_ABORTED",
		});
		await new Promise((resolve) => setTimeout(resolve, 5));
		process.off("unhandledRejection", note);
		expect(unhandled).toEqual([]);
	});

	it("leaves no listener behind", async () => {
		const { signal } = new AbortController();
		let listeners = 0;
		const counted = Object.assign(Object.create(signal) as AbortSignal, {
			addEventListener: () => listeners++,
			removeEventListener: () => listeners--,
		});
		Object.defineProperty(counted, "aborted", { value: false });
		await abortable(Promise.resolve(), counted);
		await abortable(Promise.reject(new Error("x")), counted).catch(() => undefined);
		await Promise.resolve();
		expect(listeners).toBe(0);
	});
});
