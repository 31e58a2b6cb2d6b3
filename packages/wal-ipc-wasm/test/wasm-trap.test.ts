import { type CodecEvent, loadCodec } from "@memwal/wal-ipc-wasm";
import { tableFromArrays } from "apache-arrow";
import { afterEach, expect, it, vi } from "vitest";
import { WasmEngine } from "../src/wasm-engine.ts";

afterEach(() => vi.restoreAllMocks());

const { schema, batches } = tableFromArrays({ id: Int32Array.from({ length: 2_000 }, (_, i) => i) });
const entry = {
	schema,
	batches,
	header: { writerEpoch: 3n, fenceSentinel: false },
	writeId: new Uint8Array(16).fill(7),
};

it("a trap in WebAssembly is told, and this operation and every later one is done in TypeScript", async () => {
	const events: CodecEvent[] = [];
	const codec = await loadCodec({ prefer: "wasm", observer: (event) => events.push(event) });
	const before = codec.encode(entry).bytes.slice();
	expect(codec.explain()[0]).toMatchObject({ implementation: "wasm" });

	// The module is made to write far outside its memory, which is a real trap.
	const { writeBatch } = WasmEngine.prototype;
	const trapping = vi.spyOn(WasmEngine.prototype, "writeBatch").mockImplementation(function (
		this: WasmEngine,
		job,
		slab,
		at,
	) {
		return writeBatch.call(this, { ...job, template: { ...job.template, rowsAt: 2 ** 30 } }, slab, at);
	});
	expect(codec.encode(entry).bytes).toEqual(before);
	expect(events).toMatchObject([{ type: "codec.wasm-failed", operation: "encode" }]);
	expect(trapping).toHaveBeenCalledTimes(1);

	expect(codec.encode(entry).bytes).toEqual(before);
	expect(codec.decode(before, { validate: "full" }).rows).toBe(2_000);
	expect(trapping).toHaveBeenCalledTimes(1);
	for (const { operation, implementation } of codec.explain())
		expect([operation, implementation]).not.toContain("wasm");
	expect(events).toHaveLength(1);
});
