import type { Engine } from "../src/engine.ts";
import { loadWasmEngine } from "../src/load-wasm-engine.ts";
import { TsEngine } from "../src/ts-engine.ts";

const loaded = await loadWasmEngine();
if (!loaded.engine) throw new Error(`Node has WebAssembly, but: ${loaded.reason}`);

export const ts: Engine = new TsEngine();
export const wasm: Engine = loaded.engine;
export const wasmModule: WebAssembly.Module = loaded.module;
/** Each under its name, for tests that hold both to the same. */
export const ENGINES: readonly Engine[] = [ts, wasm];
