import type { Codec, EncodedEntry, EntryToEncode } from "@memwal/wal-ipc-wasm";
import { isWalError, WalError, withOutcome } from "@memwal/wal-runtime";

/** The entry's bytes. @throws `WAL_INVALID` and the like for what cannot be encoded: nothing was written. */
export function encodeEntry(codec: Codec, entry: EntryToEncode): EncodedEntry {
	try {
		return codec.encode(entry);
	} catch (cause) {
		throw nothingWritten(cause);
	}
}

/** Makes sure that batches can be encoded, before anything is built on them. @throws as {@link encodeEntry}. */
export function requireEncodable(codec: Codec, batches: Pick<EntryToEncode, "schema" | "batches">): void {
	try {
		codec.check(batches);
	} catch (cause) {
		throw nothingWritten(cause);
	}
}

function nothingWritten(cause: unknown): WalError {
	if (isWalError(cause)) return withOutcome(cause, "not-written");
	const reason = cause instanceof Error ? cause.message : String(cause);
	return new WalError("WAL_INVALID", `the batches cannot be encoded: ${reason}`, { outcome: "not-written", cause });
}
