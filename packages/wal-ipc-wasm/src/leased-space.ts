import { WalError } from "@memwal/wal-runtime";
import type * as arrow from "apache-arrow";
import { recordBatch } from "./batch-reader.ts";
import { type ArrowJsFfi, type CDataColumn, readCData } from "./c-data-reader.ts";
import type { EntryHeader } from "./codec.ts";
import type { EntryInWasm, InWasmBatchOptions } from "./entry-in-wasm.ts";
import type { LinearEntry } from "./linear-entry.ts";
import type { Projection } from "./read-plan.ts";
import type { WasmSpace } from "./wasm-space.ts";

export interface SpaceToLease {
	readonly header: EntryHeader;
	readonly writeId: Uint8Array | undefined;
	readonly asked: Projection;
	/** In the order in which they are asked for. */
	readonly columns: readonly CDataColumn[];
	readonly entry: LinearEntry;
	readonly space: WasmSpace;
	readonly ffi: ArrowJsFfi;
	/** Called once, when it is released. */
	onRelease(): void;
}

/** An entry in a space, until it is released. */
export class LeasedSpace implements EntryInWasm {
	readonly header: EntryHeader;
	readonly writeId: Uint8Array | undefined;
	readonly schema: arrow.Schema;
	readonly rows: number;
	readonly length: number;
	#lease: SpaceToLease | undefined;

	constructor(lease: SpaceToLease) {
		const { batches } = lease.entry;
		this.header = lease.header;
		this.writeId = lease.writeId;
		this.schema = lease.asked.schema;
		this.rows = batches.reduce((rows, batch) => rows + batch.rows, 0);
		this.length = batches.length;
		this.#lease = lease;
	}

	batch(index: number, { arrays = "views" }: InWasmBatchOptions = {}): arrow.RecordBatch {
		const { asked, columns, entry, space, ffi } = this.#held("a batch was read");
		if (arrays !== "views" && arrays !== "copies") {
			throw new TypeError(`arrays must be "views" or "copies", not ${JSON.stringify(arrays)}`);
		}
		const batch = entry.batches[index];
		if (!batch) throw new RangeError(`there is no batch ${index}: the entry has ${this.length}`);
		const buffer = space.memory.buffer as ArrayBuffer;
		const children = columns.map((column, position) =>
			readCData(ffi, buffer, batch.columnAddresses[position] as number, column, arrays === "copies"),
		);
		return recordBatch(asked.schema, asked.struct, children, batch.rows, batch.metadata);
	}

	get memory(): WebAssembly.Memory {
		return this.#held("its memory was asked for").space.memory;
	}

	get schemaAddress(): number {
		return this.#held("its addresses were asked for").entry.schemaAddress;
	}

	get arrayAddresses(): readonly number[] {
		return this.#held("its addresses were asked for").entry.batches.map(({ address }) => address);
	}

	release(): void {
		const { onRelease } = this.#held("it was released again");
		this.#lease = undefined;
		onRelease();
	}

	[Symbol.dispose](): void {
		if (this.#lease) this.release();
	}

	#held(misuse: string): SpaceToLease {
		if (this.#lease) return this.#lease;
		throw new WalError(
			"WAL_INTERNAL",
			`An entry decoded in WebAssembly had been released when ${misuse}. Release it once, last.`,
		);
	}
}
