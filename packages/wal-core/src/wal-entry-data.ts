import { type Codec, loadCodec } from "@memwal/wal-ipc-wasm";
import { WalError } from "@memwal/wal-runtime";
import { getWhole, type ObjectStore } from "@memwal/wal-store";
import type { RecordBatch } from "apache-arrow";

/** What one object in a `wal/` folder holds, read without its shard: for inspection, not for following a log. */
export interface WalEntryData {
	/** 0 where the entry says none, or none that can be read. */
	readonly writerEpoch: bigint;
	/** The batches that have rows. */
	readonly batches: readonly RecordBatch[];
}

export interface ReadEntryDataOptions {
	/** Default: the best one for this machine. */
	readonly codec?: Codec | undefined;
	readonly signal?: AbortSignal | undefined;
}

export const WalEntryData: {
	/**
	 * Reads the entry under `key`, whole and checked, also one that no writer's epoch can be read from.
	 *
	 * @throws `WAL_NOT_FOUND` where there is none; `WAL_CORRUPT` with the byte offset when its bytes are damaged,
	 * `WAL_UNSUPPORTED` when they are of a later format.
	 */
	read(store: ObjectStore, key: string, options?: ReadEntryDataOptions): Promise<WalEntryData>;
} = {
	async read(store, key, options) {
		const object = await getWhole(store, key, { signal: options?.signal });
		if (object === undefined) {
			throw new WalError("WAL_NOT_FOUND", `there is no entry under ${key}`, { details: { key } });
		}
		const codec = options?.codec ?? (await loadCodec());
		const { header, batches } = codec.decode(object.bytes, { key });
		return { writerEpoch: header.writerEpoch ?? 0n, batches };
	},
};
