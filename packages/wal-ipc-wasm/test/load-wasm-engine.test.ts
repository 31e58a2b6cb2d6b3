import { readFileSync } from "node:fs";
import { afterEach, expect, it, vi } from "vitest";
import { loadWasmEngine } from "../src/load-wasm-engine.ts";
import { wasmModule } from "./both-engines.ts";

afterEach(() => {
	vi.unstubAllGlobals();
});

const shipped = readFileSync(new URL("../wasm/memwal_ipc.wasm", import.meta.url));
const bytes = new Uint8Array(new Uint8Array(shipped).buffer);

it("loads what it carries, what it is given as bytes, and what is compiled already", async () => {
	for (const module of [undefined, bytes, wasmModule]) {
		const { engine } = await loadWasmEngine({ module });
		expect(engine?.crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
	}
});

it("says why where there is no WebAssembly", async () => {
	vi.stubGlobal("WebAssembly", undefined);
	expect(await loadWasmEngine()).toEqual({ engine: undefined, reason: expect.stringContaining("no WebAssembly") });
});

it("says why where there is no SIMD", async () => {
	vi.stubGlobal("WebAssembly", { Module: WebAssembly.Module, validate: () => false });
	expect(await loadWasmEngine({ module: bytes })).toEqual({
		engine: undefined,
		reason: expect.stringContaining("SIMD"),
	});
});

it("says why where a content security policy forbids it", async () => {
	class Forbidden {
		constructor() {
			throw new WebAssembly.CompileError("refused to compile: 'wasm-unsafe-eval' is not allowed");
		}
	}
	const { CompileError, validate } = WebAssembly;
	vi.stubGlobal("WebAssembly", { CompileError, validate, Module: Forbidden });
	expect(await loadWasmEngine({ module: bytes })).toEqual({
		engine: undefined,
		reason: expect.stringContaining("wasm-unsafe-eval"),
	});
});
