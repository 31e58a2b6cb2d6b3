import { loadCodec } from "@memwal/wal-ipc-wasm";
import { expect, it } from "vitest";

it("the codec says which implementation serves each operation, and why", async () => {
	const choices = (await loadCodec()).explain();
	expect(choices.map(({ operation, implementation }) => [operation, implementation])).toEqual([
		["encode", "apache-arrow"],
		["decode", "apache-arrow"],
	]);
	expect(choices[0]?.reason).toContain("reference implementation");
});

it.each(["ts", "wasm"] as const)("asked for %s, it does not pretend to be that", async (prefer) => {
	const choices = (await loadCodec({ prefer })).explain();
	expect(choices.map(({ implementation }) => implementation)).toEqual(["apache-arrow", "apache-arrow"]);
	expect(choices[0]?.reason).toContain(`"${prefer}" was asked for`);
});
