import type * as Crc32Module from "../../../../packages/wal-ipc-wasm/src/crc32.ts";
import type * as EngineModule from "../../../../packages/wal-ipc-wasm/src/engine.ts";
import type * as EnginesModule from "../../../../packages/wal-ipc-wasm/src/engines.ts";
import type * as EntryCodecModule from "../../../../packages/wal-ipc-wasm/src/entry-codec.ts";
import type * as LoadWasmModule from "../../../../packages/wal-ipc-wasm/src/load-wasm-engine.ts";

export type Engine = EngineModule.Engine;
export type Operation = EnginesModule.Operation;

/** The parts of the codec that a suite measures one by one; the package exports only the whole. */
export interface CodecInternals {
	readonly Engines: typeof EnginesModule.Engines;
	readonly EntryCodec: typeof EntryCodecModule.EntryCodec;
	/** What there is where the runtime has no CRC-32 of its own. */
	readonly portableCrc32: typeof Crc32Module.portableCrc32;
	readonly loadWasmEngine: typeof LoadWasmModule.loadWasmEngine;
}

/** The folder of the codec's package. */
export const CODEC_FOLDER: URL = new URL("../../../../packages/wal-ipc-wasm/", import.meta.url);

/** As they are built: what users run. */
export async function loadCodecInternals(): Promise<CodecInternals> {
	const built = (file: string) => import(new URL(`dist/${file}`, CODEC_FOLDER).href);
	const { Engines } = (await built("engines.js")) as typeof EnginesModule;
	const { EntryCodec } = (await built("entry-codec.js")) as typeof EntryCodecModule;
	const { loadWasmEngine } = (await built("load-wasm-engine.js")) as typeof LoadWasmModule;
	const { portableCrc32 } = (await built("crc32.js")) as typeof Crc32Module;
	return { Engines, EntryCodec, portableCrc32, loadWasmEngine };
}
