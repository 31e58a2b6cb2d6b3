import { Engines, type EnginesOptions } from "./engines.ts";
import { MODULE_BASE64 } from "./gen/memwal-ipc-module.ts";
import { WasmEngine } from "./wasm-engine.ts";
import { WasmInstance } from "./wasm-instance.ts";
import { MAX_MEMORY_BYTES } from "./wasm-memory.ts";

export interface LoadWasmOptions {
	/**
	 * The module: its bytes, or compiled already, for a runtime that compiles no bytes but imports `.wasm` files
	 * (`@memwal/wal-ipc-wasm/memwal_ipc.wasm`). Default: what this package carries.
	 */
	readonly module?: WebAssembly.Module | Uint8Array<ArrayBuffer> | undefined;
	/** The bound of its memory, in bytes. */
	readonly maxMemoryBytes?: number | undefined;
}

/** The engine, or why there is none. */
export type LoadedWasm =
	| { readonly engine: WasmEngine; readonly module: WebAssembly.Module }
	| { readonly engine: undefined; readonly reason: string };

/** The module, or why there is none. */
export type LoadedModule =
	| { readonly module: WebAssembly.Module }
	| { readonly module: undefined; readonly reason: string };

/** The engines of a codec that is to use WebAssembly, where it can be had. */
export async function loadEngines(
	{ prefer, onEvent }: Omit<EnginesOptions, "wasm">,
	options?: LoadWasmOptions,
): Promise<Engines> {
	return new Engines({ prefer, onEvent, wasm: await loadWasmEngine(options) });
}

/** Loads the WebAssembly engine; never throws: where it cannot be had, the reason says why. */
export async function loadWasmEngine(options: LoadWasmOptions = {}): Promise<LoadedWasm> {
	const loaded = await loadWasmModule(options);
	if (!loaded.module) return { engine: undefined, reason: loaded.reason };
	const { module } = loaded;
	try {
		return { engine: new WasmEngine(instantiate(module, options.maxMemoryBytes)), module };
	} catch (error) {
		return { engine: undefined, reason: notAllowed(error) };
	}
}

/** Never throws, as {@link loadWasmEngine}. */
export async function loadWasmModule(options: LoadWasmOptions = {}): Promise<LoadedModule> {
	const none = (reason: string): LoadedModule => ({ module: undefined, reason });
	if (typeof WebAssembly !== "object") return none("this runtime has no WebAssembly");
	try {
		const module = await compiled(options.module);
		return module ? { module } : none("this runtime's WebAssembly has no SIMD");
	} catch (error) {
		return none(notAllowed(error));
	}
}

/** A content security policy without 'wasm-unsafe-eval', an embedder that forbids it, no memory. */
function notAllowed(error: unknown): string {
	return `this runtime does not let WebAssembly run: ${(error as Error).message}`;
}

/** What wasm-bindgen imports into every module, for a start that nothing here needs: it is never called. */
const IMPORTS: WebAssembly.Imports = { "./memwal_ipc_bg.js": { __wbindgen_init_externref_table: () => undefined } };

/** An instance with memory of its own. */
export function instantiate(module: WebAssembly.Module, maxMemoryBytes: number = MAX_MEMORY_BYTES): WasmInstance {
	return new WasmInstance(new WebAssembly.Instance(module, IMPORTS), maxMemoryBytes);
}

/** The module that this package carries: compiled once a process. */
let carried: WebAssembly.Module | undefined;

/**
 * The module, or `undefined` where it is none to this runtime: it uses SIMD, the youngest of all that it needs.
 *
 * Compiled on the spot where that is allowed: the module is small, and a promise that another thread settles would make
 * every run of a simulation a different one.
 */
async function compiled(
	given: WebAssembly.Module | Uint8Array<ArrayBuffer> | undefined,
): Promise<WebAssembly.Module | undefined> {
	if (given instanceof WebAssembly.Module) return given;
	if (!given && carried) return carried;
	const bytes = given ?? Uint8Array.from(atob(MODULE_BASE64), (character) => character.charCodeAt(0));
	if (!WebAssembly.validate(bytes)) return undefined;
	const module = compiledNow(bytes) ?? (await WebAssembly.compile(bytes));
	if (!given) carried = module;
	return module;
}

/** `undefined` where a browser's main thread may only compile in the background. */
function compiledNow(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module | undefined {
	try {
		return new WebAssembly.Module(bytes);
	} catch (error) {
		if (error instanceof RangeError) return undefined;
		throw error;
	}
}
