import { isolated, type Observer } from "@memwal/wal-runtime";
import { expect, it } from "vitest";

type Event = { readonly type: "counted"; readonly count: number };

it("an isolated observer hears every event", () => {
	const heard: number[] = [];
	const observer = isolated<Event>(({ count }) => heard.push(count));
	for (let count = 0; count < 3; count++) observer?.({ type: "counted", count });
	expect(heard).toEqual([0, 1, 2]);
});

it("without an observer no event is built", () => {
	const observer: Observer<Event> | undefined = isolated<Event>(undefined);
	let built = 0;
	observer?.({ type: "counted", count: built++ });
	expect([observer, built]).toEqual([undefined, 0]);
});

it("an observer that throws does not disturb whom it observes, and its error is not lost", async () => {
	const uncaught: unknown[] = [];
	const previous = process.listeners("uncaughtException");
	process.removeAllListeners("uncaughtException");
	process.once("uncaughtException", (error) => uncaught.push(error));
	const observer = isolated<Event>(() => {
		throw new Error("theirs");
	});
	observer?.({ type: "counted", count: 1 });
	await new Promise((resolve) => setTimeout(resolve, 5));
	for (const listener of previous) process.on("uncaughtException", listener);
	expect(uncaught).toEqual([new Error("theirs")]);
});
