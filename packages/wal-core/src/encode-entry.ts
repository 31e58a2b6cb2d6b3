import type { Codec, EncodedEntry, EntryToEncode } from "@memwal/wal-ipc-wasm";
import { isWalError, WalError, withOutcome } from "@memwal/wal-runtime";

/** The entry's bytes. @throws `WAL_INVALID` and the like for what cannot be encoded: nothing was written. */
export function encodeEntry(codec: Codec, entry: EntryToEncode): EncodedEntry {
	return nothingWritten(() => codec.encode(entry));
}

/** Makes sure that batches can be encoded, before anything is built on them. @throws as {@link encodeEntry}. */
export function requireEncodable(codec: Codec, batches: Pick<EntryToEncode, "schema" | "batches">): void {
	nothingWritten(() => codec.check(batches));
}

function nothingWritten<T>(encode: () => T): T {
	try {
		return encode();
	} catch (cause) {
		if (isWalError(cause)) throw withOutcome(cause, "not-written");
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new WalError("WAL_INVALID", `the batches cannot be encoded: ${reason}`, { outcome: "not-written", cause });
	}
}
