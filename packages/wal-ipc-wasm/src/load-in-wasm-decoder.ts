import { WalError } from "@memwal/wal-runtime";
import type { ArrowJsFfi } from "./c-data-reader.ts";
import type { Engine } from "./engine.ts";
import type { EntryLeases } from "./entry-lease.ts";
import { InWasmDecoder } from "./in-wasm-decoder.ts";
import { type LoadWasmOptions, loadWasmModule } from "./load-wasm-engine.ts";
import { WasmSpaces } from "./wasm-space.ts";

export interface InWasmDecoderOptions {
	readonly wasm: LoadWasmOptions | undefined;
	readonly crc32: Engine["crc32"];
	/** Where entries are counted until they are released. */
	readonly leases: Pick<EntryLeases, "outstanding">;
}

/** @throws `WAL_UNSUPPORTED` where WebAssembly or `arrow-js-ffi` cannot be had, saying why. */
export async function loadInWasmDecoder({ wasm, crc32, leases }: InWasmDecoderOptions): Promise<InWasmDecoder> {
	const loaded = await loadWasmModule(wasm);
	if (!loaded.module) throw unavailable(loaded.reason);
	return new InWasmDecoder({
		spaces: new WasmSpaces(loaded.module, wasm?.maxMemoryBytes),
		ffi: await loadArrowJsFfi(),
		crc32,
		leases,
	});
}

/** Not a dependency: it is larger than all sources of this package, and few programs decode in WebAssembly. */
async function loadArrowJsFfi(): Promise<ArrowJsFfi> {
	try {
		return (await import("arrow-js-ffi")) as ArrowJsFfi;
	} catch (cause) {
		throw unavailable('the package "arrow-js-ffi" cannot be loaded: run npm install arrow-js-ffi', cause);
	}
}

function unavailable(reason: string, cause?: unknown): WalError<"WAL_UNSUPPORTED"> {
	return new WalError("WAL_UNSUPPORTED", `Nothing can be decoded in WebAssembly: ${reason}. Or use decode().`, {
		details: {},
		...(cause === undefined ? {} : { cause }),
	});
}
