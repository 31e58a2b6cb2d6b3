import { WalError, type WriteOutcome } from "@memwal/wal-runtime";
import { errnoOf } from "./fs-calls.ts";

/** Where a file call failed, for the error that it becomes. */
export interface FailedCall {
	/** What was tried, as a verb with its object: "write the temporary file /x". */
	readonly what: string;
	readonly key?: string | undefined;
	/** Given where a write was involved. */
	readonly outcome?: WriteOutcome | undefined;
}

/** The typed error of a failed file call: its code says whether trying again, or somebody else, can help. */
export function fileError(cause: unknown, { what, key, outcome }: FailedCall): WalError {
	const errno = errnoOf(cause);
	const place = key === undefined ? {} : { key };
	const common = { cause, ...(outcome === undefined ? {} : { outcome }) };
	const failed = `could not ${what} (${errno ?? String(cause)})`;
	switch (errno) {
		case "EACCES":
		case "EPERM":
			return new WalError("WAL_DENIED", `${failed}: permission denied; give this process access to the folder`, {
				...common,
				details: { ...place, reason: "permission" },
			});
		case "EROFS":
			return new WalError("WAL_DENIED", `${failed}: the file system is read-only; remount it or use another`, {
				...common,
				details: { ...place, reason: "read-only" },
			});
		case "ENOSPC":
		case "EDQUOT":
		case "EFBIG":
			return new WalError("WAL_DENIED", `${failed}: no space, or the quota is used up; free some and try again`, {
				...common,
				details: { ...place, reason: "no-space" },
			});
		case "EXDEV":
		case "ENOTSUP":
		case "EOPNOTSUPP":
		case "ENOSYS":
			return new WalError(
				"WAL_STORE_UNSAFE",
				`${failed}: the store needs one file system with hard links under its root; use another folder`,
				{ ...common, details: place },
			);
		case "EISDIR":
		case "ENOTDIR":
		case "ELOOP":
		case "ENAMETOOLONG":
		case "ENOTEMPTY":
			return new WalError("WAL_INVALID", `${failed}: no such key can exist here; use another key or root`, {
				...common,
				details: place,
			});
		default:
			return new WalError("WAL_UNAVAILABLE", `${failed}; try again, and look after the disk if it stays so`, {
				...common,
				details: { ...place, ...(errno === undefined ? {} : { reason: errno }) },
			});
	}
}

/** Failures of `link` and `rename` after which the new name is certainly not there; after any other it may be. */
const definite: ReadonlySet<string> = new Set([
	"EACCES",
	"EDQUOT",
	"EISDIR",
	"ELOOP",
	"EMLINK",
	"ENAMETOOLONG",
	"ENOENT",
	"ENOSPC",
	"ENOSYS",
	"ENOTDIR",
	"ENOTEMPTY",
	"ENOTSUP",
	"EOPNOTSUPP",
	"EPERM",
	"EROFS",
	"EXDEV",
]);

/** How far a `link` or `rename` that failed with `error` got. */
export function outcomeOfNaming(error: unknown): "not-written" | "unknown" {
	return definite.has(errnoOf(error) ?? "") ? "not-written" : "unknown";
}
