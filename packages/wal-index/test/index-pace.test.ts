import { IndexStore } from "@memwal/wal-index";
import { type Clock, realClock } from "@memwal/wal-runtime";
import { ManualClock } from "@memwal/wal-runtime/testing";
import { describe, expect, it } from "vitest";
import { STEP_ROWS } from "../src/step.ts";
import { batchOf } from "./arrow-data.ts";
import { int32, utf8 } from "./columns.ts";
import { stored } from "./stored-batches.ts";

/** A clock on which every step takes so long, and which notes what was done between two turns of the event loop. */
class SteppingClock implements Clock {
	readonly #stepMs: number;
	#nowMs = 0;
	#turnMs = 0;
	readonly heldMs: number[] = [];
	onYield: () => void = () => undefined;

	constructor(stepMs: number) {
		this.#stepMs = stepMs;
	}

	now(): number {
		return this.#nowMs;
	}

	monotonicMs(): number {
		this.#nowMs += this.#stepMs;
		return this.#nowMs;
	}

	pass(ms: number): void {
		this.#nowMs += ms;
		this.#turnMs = this.#nowMs;
	}

	sleep(): Promise<void> {
		throw new Error("nobody has to sleep");
	}

	timer(): () => void {
		throw new Error("nobody has to wait");
	}

	async yield(): Promise<void> {
		this.heldMs.push(this.#nowMs - this.#turnMs);
		this.onYield();
		await realClock.yield();
		this.#turnMs = this.#nowMs;
	}
}

const batch = (rows: number, first = 0) => {
	const ids = Array.from({ length: rows }, (_, i) => first + i);
	return batchOf({ id: int32(ids), name: utf8(ids.map(String)) });
};
const indexes = [{ column: "id" }, { column: "name" }];

describe("the event loop", () => {
	it("gets its turn in the midst of one large batch, before it was held for long", async () => {
		const clock = new SteppingClock(1);
		const store = new IndexStore({ indexes, clock, sliceMs: 8 });
		await store.insertBatches(stored([batch(20 * STEP_ROWS)]));
		expect(clock.heldMs.length).toBeGreaterThan(8);
		expect(Math.max(...clock.heldMs)).toBeLessThanOrEqual(8);
		expect([store.indexed, store.get("id", 777, 10 ** 6)]).toEqual([1, [777]]);
	});

	it("gets its turn between calls that nobody waits for in between", async () => {
		const clock = new SteppingClock(1);
		const store = new IndexStore({ indexes, clock });
		for (const one of stored(Array.from({ length: 30 }, (_, i) => batch(10, 10 * i)))) await store.insertBatches([one]);
		expect(clock.heldMs.length).toBeGreaterThan(5);
		expect(Math.max(...clock.heldMs)).toBeLessThanOrEqual(8);
	});

	it("does not need one where others have had theirs meanwhile", async () => {
		const clock = new SteppingClock(1);
		const store = new IndexStore({ indexes: [{ column: "id" }], clock });
		for (const one of stored(Array.from({ length: 30 }, (_, i) => batch(10, 10 * i)))) {
			await store.insertBatches([one]);
			clock.pass(20);
		}
		expect(clock.heldMs).toEqual([]);
	});

	it("is not given back for small batches", async () => {
		const clock = new ManualClock();
		const store = new IndexStore({ indexes, clock });
		for (const one of stored(Array.from({ length: 1000 }, (_, i) => batch(1, i)))) await store.insertBatches([one]);
		expect([store.indexed, clock.pendingTimers]).toEqual([1000, 0]);
	});

	it("gets its turn on a clock that stands still, after some rows", async () => {
		const clock = new ManualClock();
		const store = new IndexStore({ indexes, clock });
		const insertion = store.insertBatches(stored([batch(100_000)]));
		await realClock.yield();
		expect([clock.pendingTimers, store.indexed]).toEqual([1, 0]);
		expect((await clock.run(insertion)).rows).toBe(100_000);
		expect([clock.pendingTimers, store.indexed]).toEqual([0, 1]);
	});

	it.each([
		["of one batch", (texts: readonly string[]) => [batchOf({ text: utf8(texts) })]],
		["of a batch each", (texts: readonly string[]) => texts.map((text) => batchOf({ text: utf8([text]) }))],
	])("also gets it where keys are long, and rows are few, and %s", async (_, batchesOf) => {
		const clock = new SteppingClock(1);
		const store = new IndexStore({ indexes: [{ column: "text" }], clock });
		const texts = Array.from({ length: 40 }, (_, i) => String(i).padStart(500_000, "x"));
		await store.insertBatches(stored(batchesOf(texts)));
		expect(clock.heldMs.length).toBeGreaterThan(2);
		expect(store.get("text", texts[17], 100)).toEqual([17]);
	});

	it("sees nothing of a batch that is half there, nor of one that only some indexes have", async () => {
		const clock = new SteppingClock(1);
		const store = new IndexStore({ indexes, clock, primaryKey: "id" });
		await store.insertBatches(stored([batch(3)]));
		const seen: unknown[] = [];
		const walks: Iterator<unknown>[] = [];
		clock.onYield = () => {
			const index = store.index("id");
			seen.push([
				store.indexed,
				store.range("id", {}, 10 ** 9),
				store.get("name", "1", 10 ** 9),
				index?.size,
				store.pkNewestVisible([1], 10 ** 9),
			]);
			walks.push(store.index("name")?.entries() as Iterator<unknown>);
		};
		await store.insertBatches(stored([batch(20_000)], 1, 3));
		expect(seen.length).toBeGreaterThan(3);
		expect(seen).toEqual(seen.map(() => [1, [0, 1, 2], [1], 3, 1]));
		for (const walk of walks) expect([...(walk as IterableIterator<unknown>)]).toHaveLength(3);
		expect([store.indexed, store.get("id", 1, 10 ** 9)]).toEqual([2, [1, 4]]);
	});
});
