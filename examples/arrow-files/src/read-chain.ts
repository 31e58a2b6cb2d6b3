import { throwIfAborted, WalError } from "@memwal/wal-runtime";
import { getWhole, type ObjectStore } from "@memwal/wal-store";
import type { Table } from "apache-arrow";
import { decodeArrowFile } from "./arrow-file.ts";
import { chainKey, FIRST_FILE_NUMBER } from "./chain-key.ts";
import { corruptFile, type FileLabel } from "./file-label.ts";

/** A file of a chain. */
export interface ChainFile extends FileLabel {
	readonly table: Table;
}

export interface ReadChainOptions {
	readonly signal?: AbortSignal | undefined;
}

/**
 * The files of a chain in order, each with its table: every row that was sunk, once, in the order of the log.
 *
 * What is in the log above the last file's `lastEntryPosition` follows on them without a gap.
 *
 * @throws `WAL_GAP` for a file that is missing below another one; `WAL_CORRUPT` for one that is damaged, or does not begin
 * where the one before it ends; `WAL_UNAVAILABLE` and the like for a request that failed, which never ends a chain.
 */
export async function* readChain(
	store: ObjectStore,
	prefix: string,
	{ signal }: ReadChainOptions = {},
): AsyncIterableIterator<ChainFile> {
	let previous: FileLabel | undefined;
	for (let number = FIRST_FILE_NUMBER; ; ) {
		throwIfAborted(signal);
		const key = chainKey(prefix, number);
		const object = await getWhole(store, key, { signal });
		if (!object) {
			if (!(await goesOn(store, prefix, number, signal))) return;
			continue;
		}
		const { label, table } = decodeArrowFile(key, object.bytes);
		requireLink(previous, label, { number, key });
		yield { ...label, table };
		previous = label;
		number++;
	}
}

/**
 * Whether a file that was not there came meanwhile.
 *
 * @throws `WAL_GAP` when it did not, and the one after it exists.
 */
async function goesOn(
	store: ObjectStore,
	prefix: string,
	number: bigint,
	signal: AbortSignal | undefined,
): Promise<boolean> {
	if (!(await store.head(chainKey(prefix, number + 1n), { signal }))) return false;
	const key = chainKey(prefix, number);
	// Files come in order, so this one was there before the next.
	if (await store.head(key, { signal })) return true;
	throw new WalError(
		"WAL_GAP",
		`file ${number} of the chain ${prefix} is missing, although file ${number + 1n} exists`,
		{
			details: { key, laterPosition: number + 1n },
		},
	);
}

/**
 * Lets a file pass that may stand at this place of a chain.
 *
 * @throws `WAL_CORRUPT`
 */
export function requireLink(
	previous: FileLabel | undefined,
	{ number, shard, afterEntryPosition: after }: FileLabel,
	place: { readonly number: bigint; readonly key: string },
): void {
	if (number !== place.number) throw corruptFile(place.key, `it says that it is file ${number}`);
	if (!previous) return;
	if (shard !== previous.shard) throw corruptFile(place.key, `its rows are of shard ${shard}`);
	if (after !== previous.lastEntryPosition) {
		throw corruptFile(
			place.key,
			`it begins after entry ${after}, and file ${previous.number} ends with entry ${previous.lastEntryPosition}`,
		);
	}
}
