import { WalError } from "@memwal/wal-runtime";
import { requireCDataFormat } from "./c-data-format.ts";
import { type ArrowJsFfi, cDataColumn } from "./c-data-reader.ts";
import type { ColumnPlan } from "./column-plan.ts";
import { type Engine, EngineFailure } from "./engine.ts";
import type { DecodeInWasmOptions, EntryInWasm } from "./entry-in-wasm.ts";
import type { EntryLeases } from "./entry-lease.ts";
import { decodeTrailer } from "./entry-trailer.ts";
import { LeasedSpace } from "./leased-space.ts";
import { fillSpace } from "./linear-entry.ts";
import { project, ReadPlan } from "./read-plan.ts";
import { scanStream } from "./stream-scan.ts";
import type { WasmSpace, WasmSpaces } from "./wasm-space.ts";

export interface InWasmDecoderParts {
	readonly spaces: WasmSpaces;
	readonly ffi: ArrowJsFfi;
	readonly crc32: Engine["crc32"];
	/** Where entries are counted until they are released. */
	readonly leases: Pick<EntryLeases, "outstanding">;
}

/** Decodes entries, each into linear memory that it has to itself. */
export class InWasmDecoder {
	readonly #parts: InWasmDecoderParts;
	#plan: ReadPlan | undefined;

	constructor(parts: InWasmDecoderParts) {
		this.#parts = parts;
	}

	decode(bytes: Uint8Array<ArrayBuffer>, { columns, key }: DecodeInWasmOptions = {}): EntryInWasm {
		const { spaces, ffi, crc32, leases } = this.#parts;
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		const scanned = scanStream(view, key);
		const writeId = decodeTrailer(bytes, scanned.streamLength, key, crc32);
		if (!this.#plan?.isOf(view, scanned.schema)) this.#plan = new ReadPlan(view, scanned.schema, key);
		const plan = this.#plan;
		const asked = project(plan, columns);
		const plans = asked.indices?.map((index) => plan.columns[index] as ColumnPlan) ?? plan.columns;
		for (const column of plans) requireCDataFormat(column, key);
		let space: WasmSpace | undefined;
		try {
			const taken = spaces.open();
			space = taken;
			const entry = fillSpace(taken, { bytes, view, key }, plan, asked, scanned.messages);
			const onRelease = () => {
				leases.outstanding--;
				spaces.close(taken);
			};
			leases.outstanding++;
			const { header } = plan;
			return new LeasedSpace({
				header,
				writeId,
				asked,
				columns: plans.map(cDataColumn),
				entry,
				space: taken,
				ffi,
				onRelease,
			});
		} catch (error) {
			// A space in which something broke off is not used again.
			if (error instanceof EngineFailure) throw cannotBeDone(error, key);
			if (space) spaces.close(space);
			throw error;
		}
	}
}

function cannotBeDone(cause: EngineFailure, key: string | undefined): WalError<"WAL_UNSUPPORTED"> {
	const name = key === undefined ? "The entry" : `The entry ${key}`;
	return new WalError(
		"WAL_UNSUPPORTED",
		`${name} cannot be decoded in WebAssembly: ${cause.message}. Release other entries, ask for fewer columns, or use decode().`,
		{ details: key === undefined ? {} : { key }, cause },
	);
}
