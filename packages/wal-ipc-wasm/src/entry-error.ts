import { WalError } from "@memwal/wal-runtime";

/**
 * The `WAL_CORRUPT` of an entry that is not what it must be, noticed at the byte `offset`; `key` is the object's, where
 * the caller told it.
 */
export function corruptEntry(
	problem: string,
	key: string | undefined,
	offset: number,
	cause?: unknown,
): WalError<"WAL_CORRUPT"> {
	return new WalError(
		"WAL_CORRUPT",
		`${entryName(key)} is damaged at byte ${offset}: ${problem}. Restore it from a copy.`,
		{
			details: { ...keyOf(key), offset },
			...(cause === undefined ? {} : { cause }),
		},
	);
}

/** The `WAL_UNSUPPORTED` of an entry that a later release may be able to read. */
export function unsupportedEntry(what: string, key: string | undefined): WalError<"WAL_UNSUPPORTED"> {
	return new WalError("WAL_UNSUPPORTED", `${entryName(key)} ${what}, which this release cannot read. Update memwal.`, {
		details: keyOf(key),
	});
}

/** The object's key as errors have it among their details: nothing where it is not known. */
export function keyOf(key: string | undefined): { readonly key?: string } {
	return key === undefined ? {} : { key };
}

function entryName(key: string | undefined): string {
	return key === undefined ? "The entry" : `The entry ${key}`;
}
