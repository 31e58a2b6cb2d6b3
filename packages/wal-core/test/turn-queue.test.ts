import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { TurnQueue } from "../src/turn-queue.ts";
import { failureOf } from "./test-log.ts";

describe("turns", () => {
	it("come one at a time, in the order of asking, whatever becomes of the ones before", async () => {
		const queue = new TurnQueue();
		const order: string[] = [];
		const work = (name: string, fails = false) =>
			queue.run(async () => {
				order.push(`${name} begins`);
				await Promise.resolve();
				order.push(`${name} ends`);
				if (fails) throw new Error(name);
				return name;
			});
		const [a, b, c] = [work("a"), failureOf(work("b", true)), work("c")];
		expect([await a, await b, await c]).toEqual(["a", new Error("b"), "c"]);
		expect(order).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
	});

	it("are given up at once by a signal that aborts while they wait, or had aborted before", async () => {
		const queue = new TurnQueue();
		const never = queue.run(() => new Promise(() => undefined));
		const controller = new AbortController();
		let began = false;
		const begin = async () => {
			began = true;
		};
		const waiting = failureOf(queue.run(begin, controller.signal));
		controller.abort();
		const notWritten = { code: "WAL_ABORTED", outcome: "not-written" };
		expect(await waiting).toMatchObject(notWritten);
		expect(await failureOf(queue.run(begin, controller.signal))).toMatchObject(notWritten);
		expect(began).toBe(false);
		expect(never).toBeInstanceOf(Promise);
	});

	it("cost a signal that many wait with one listener, since many make Node warn of a leak, and in the end none", async () => {
		const queue = new TurnQueue();
		const { signal } = new AbortController();
		const listeners = () => getEventListeners(signal, "abort").length;
		const turns = Array.from({ length: 50 }, (_, i) => queue.run(async () => i, signal));
		expect(listeners()).toBe(1);
		await Promise.all(turns);
		expect(listeners()).toBe(0);
	});
});
