import { getEventListeners } from "node:events";
import { inspect } from "node:util";
import { WalError } from "@memwal/wal-runtime";
import { describe, expect, it } from "vitest";
import { BatchDurableWatcher } from "../src/batch-durable-watcher.ts";
import { DurableWatermark } from "../src/durable-watermark.ts";
import { failureOf } from "./test-log.ts";

const failed = (outcome: "not-written" | "unknown" = "unknown") =>
	new WalError("WAL_UNAVAILABLE", "planted", { outcome });

describe("the durable watermark", () => {
	it("only rises", () => {
		const watermark = new DurableWatermark();
		const seen = [4, 1, 9, 3, 7, 2].map((durable) => {
			watermark.advance(durable);
			return watermark.durable;
		});
		expect(seen).toEqual([4, 4, 9, 9, 9, 9]);
	});

	it("counts batches, so that 0 is none and 1 is the first", async () => {
		const watermark = new DurableWatermark();
		const first = new BatchDurableWatcher(watermark, 1);
		expect([watermark.durable, first.isDurable]).toEqual([0, false]);
		watermark.advance(1);
		expect([first.isDurable, new BatchDurableWatcher(watermark, 2).isDurable]).toEqual([true, false]);
		await first.wait();
	});

	it("begins where it is told to, with what a replay found in the log", async () => {
		const watermark = new DurableWatermark(3);
		await watermark.reached(3);
		expect(watermark.durable).toBe(3);
	});

	it("wakes whoever waits in the order of what they wait for, then of their coming, each once", async () => {
		const watermark = new DurableWatermark();
		const woken: string[] = [];
		for (const [name, target] of Object.entries({ c: 3, a: 1, b1: 2, d: 4, b2: 2 })) {
			watermark.reached(target).then(() => woken.push(name));
		}
		watermark.advance(3);
		watermark.advance(3);
		await watermark.reached(3);
		expect(woken).toEqual(["a", "b1", "b2", "c"]);
		expect(watermark.waiting).toBe(1);
		watermark.advance(100);
		await watermark.reached(100);
		expect(woken).toEqual(["a", "b1", "b2", "c", "d"]);
	});

	it("wakes everybody with the first failure, which a later one does not replace", async () => {
		const watermark = new DurableWatermark();
		const waiting = [1, 2].map((target) => failureOf(watermark.reached(target)));
		const first = failed();
		watermark.fail(first, 2);
		watermark.fail(new WalError("WAL_INTERNAL", "later"), 2);
		expect(await Promise.all(waiting)).toEqual([first, first]);
		expect(await failureOf(watermark.reached(1))).toBe(first);
		expect(watermark.waiting).toBe(0);
	});

	it("tells whoever waits for a batch that was never on its way that it was not written", async () => {
		const watermark = new DurableWatermark();
		const [onItsWay, behind] = [failureOf(watermark.reached(2)), failureOf(watermark.reached(3))];
		watermark.fail(failed("unknown"), 2);
		expect(await onItsWay).toMatchObject({ code: "WAL_UNAVAILABLE", outcome: "unknown" });
		const notWritten = { code: "WAL_UNAVAILABLE", outcome: "not-written", message: "planted" };
		expect(await behind).toMatchObject(notWritten);
		expect(await failureOf(watermark.reached(4))).toMatchObject(notWritten);
	});

	it("still says what is durable after a failure, also what became so later", async () => {
		const watermark = new DurableWatermark(1);
		watermark.fail(failed(), 2);
		await watermark.reached(1);
		watermark.advance(2);
		await watermark.reached(2);
		expect(watermark.durable).toBe(2);
	});
});

describe("a signal", () => {
	it("ends the waiting and nothing else, and leaves no listener", async () => {
		const watermark = new DurableWatermark();
		const controller = new AbortController();
		const { signal } = controller;
		const listeners = () => getEventListeners(signal, "abort").length;
		const ended = [1, 2].map((target) => failureOf(watermark.reached(target, signal)));
		const staying = watermark.reached(1);
		expect([listeners(), watermark.waiting]).toEqual([1, 3]);
		controller.abort(new Error("enough"));
		expect(await Promise.all(ended)).toMatchObject([
			{ code: "WAL_ABORTED", outcome: "unknown", cause: new Error("enough") },
			{ code: "WAL_ABORTED", outcome: "unknown" },
		]);
		expect([listeners(), watermark.waiting]).toEqual([0, 1]);
		watermark.advance(1);
		await staying;
	});

	it("has no listener left once the batch is durable, or never will be", async () => {
		const { signal } = new AbortController();
		const watermark = new DurableWatermark();
		const first = watermark.reached(1, signal);
		const second = failureOf(watermark.reached(2, signal));
		watermark.advance(1);
		await first;
		watermark.fail(failed(), 2);
		await second;
		expect(getEventListeners(signal, "abort")).toEqual([]);
	});

	it("that has aborted already ends it at once, unless the batch is durable", async () => {
		const watermark = new DurableWatermark(1);
		const watcher = (target: number) => new BatchDurableWatcher(watermark, target);
		const signal = AbortSignal.abort();
		await watcher(1).wait({ signal });
		expect(await failureOf(watcher(2).wait({ signal }))).toMatchObject({ code: "WAL_ABORTED" });
		expect(watermark.waiting).toBe(0);
	});
});

it("a watcher shows what it waits for, and how far the log is", () => {
	const watermark = new DurableWatermark(2);
	const watcher = new BatchDurableWatcher(watermark, 5);
	expect(`${watcher}`).toBe("BatchDurableWatcher { target: 5, durable: 2 }");
	expect(inspect({ watcher })).toContain("target: 5, durable: 2");
});
