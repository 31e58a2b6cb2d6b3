import type { RecordBatch, Schema } from "apache-arrow";
import type { DecodeOptions, EntryHeader } from "./codec.ts";

/** As in {@link DecodeOptions}. Values are always checked in full: whoever reads memory by address has no other bound. */
export type DecodeInWasmOptions = Pick<DecodeOptions, "columns" | "key">;

export interface InWasmBatchOptions {
	/**
	 * `"views"`, the default, are arrays on linear memory, made at once: from `release()` on they are empty. `"copies"`
	 * have memory of their own, and stay.
	 */
	readonly arrays?: "views" | "copies" | undefined;
}

/**
 * An entry whose columns lie in linear memory, unpacked and checked, laid out as the Arrow C Data Interface says.
 *
 * The memory belongs to this entry alone until `release()`: nothing here makes it grow or writes to it meanwhile. It is
 * then used for another entry. Views end with the release, by having no bytes any more: they never show another
 * entry's. They end as well when somebody who was given `memory` makes it grow; `batch` then makes new ones.
 *
 * After `release()`, `batch`, the memory and its addresses throw `WAL_INTERNAL`, as a second `release()` does; disposal
 * then does nothing.
 */
export interface EntryInWasm extends Disposable {
	readonly header: EntryHeader;
	/** The write id of the trailer; `undefined` for an entry by another writer, which has no trailer. */
	readonly writeId: Uint8Array | undefined;
	/** The user's schema, of the columns that were asked for. */
	readonly schema: Schema;
	readonly rows: number;
	/** How many batches have rows. */
	readonly length: number;
	/**
	 * One of these batches, read through the C Data Interface by `arrow-js-ffi`; each call makes it anew.
	 *
	 * @throws `RangeError` for an index that is none.
	 */
	batch(index: number, options?: InWasmBatchOptions): RecordBatch;
	/** Where it all lies. */
	readonly memory: WebAssembly.Memory;
	/** Of the C `ArrowSchema`, a struct with a child a column. */
	readonly schemaAddress: number;
	/**
	 * Of a C `ArrowArray` a batch, each a struct of that schema. Their `release` is null: they are lent, not given, and
	 * `release()` ends them all.
	 */
	readonly arrayAddresses: readonly number[];
	/** Gives the memory back. To be called exactly once, when nobody reads there any more. */
	release(): void;
}
