import { getEventListeners } from "node:events";
import { AbortListeners } from "@memwal/wal-runtime";
import { describe, expect, it } from "vitest";

describe("AbortListeners", () => {
	it("calls everybody who waits for a signal once, and puts one listener on it", () => {
		const listeners = new AbortListeners();
		const abort = new AbortController();
		const left: number[] = [];
		for (let id = 0; id < 100; id++) listeners.add(abort.signal, () => left.push(id));
		expect(getEventListeners(abort.signal, "abort")).toHaveLength(1);
		abort.abort();
		abort.abort();
		expect(left).toEqual(Array.from({ length: 100 }, (_, id) => id));
	});

	it("does not call who was removed, and leaves nothing on the signal after the last", () => {
		const listeners = new AbortListeners();
		const abort = new AbortController();
		const left: string[] = [];
		const first = () => void left.push("first");
		const second = () => void left.push("second");
		listeners.add(abort.signal, first);
		listeners.add(abort.signal, second);
		listeners.remove(abort.signal, first);
		expect(getEventListeners(abort.signal, "abort")).toHaveLength(1);
		listeners.remove(abort.signal, second);
		listeners.remove(abort.signal, second);
		expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
		listeners.add(abort.signal, second);
		abort.abort();
		expect(left).toEqual(["second"]);
	});

	it("keeps signals apart", () => {
		const listeners = new AbortListeners();
		const [one, other] = [new AbortController(), new AbortController()];
		const left: string[] = [];
		listeners.add(one.signal, () => left.push("one"));
		listeners.add(other.signal, () => left.push("other"));
		other.abort();
		expect(left).toEqual(["other"]);
	});
});
