import { WalError, type WriteOutcome } from "@memwal/wal-runtime";
import { errnoOf } from "./fs-calls.ts";

/** A file call that failed, for the error that it becomes. */
export interface FailedCall {
	/** What was tried: "read /x/y". */
	readonly what: string;
	readonly key?: string | undefined;
	/** Given where a write was involved. */
	readonly outcome?: WriteOutcome | undefined;
}

/** The typed error of a failed file call: its code says whether trying again, or somebody else, can help. */
export function fileError(cause: unknown, { what, key, outcome }: FailedCall): WalError {
	const errno = errnoOf(cause);
	const place = key === undefined ? {} : { key };
	const options = { cause, ...(outcome === undefined ? {} : { outcome }) };
	const failed = `could not ${what} (${errno ?? String(cause)})`;
	const denied = (reason: "permission" | "read-only" | "no-space", remedy: string) =>
		new WalError("WAL_DENIED", `${failed}: ${remedy}`, { ...options, details: { ...place, reason } });
	switch (errno) {
		case "EACCES":
		case "EPERM":
			return denied("permission", "give this process access to the folder");
		case "EROFS":
			return denied("read-only", "the file system is read-only; remount it or use another");
		case "ENOSPC":
		case "EDQUOT":
		case "EFBIG":
			return denied("no-space", "the disk is full or the quota used up; free some space");
		case "EMLINK":
		case "ENOSYS":
		case "ENOTSUP":
		case "EOPNOTSUPP":
		case "EXDEV":
			return new WalError(
				"WAL_STORE_UNSAFE",
				`${failed}: a store needs a single file system with hard links under its root; use another folder`,
				{ ...options, details: place },
			);
		case "EISDIR":
		case "ELOOP":
		case "ENAMETOOLONG":
		case "ENOTDIR":
		case "ENOTEMPTY":
			return new WalError("WAL_INVALID", `${failed}: there can be no object of that name here; use another`, {
				...options,
				details: place,
			});
		default:
			return new WalError("WAL_UNAVAILABLE", `${failed}: try again, and look after the disk if it stays so`, {
				...options,
				details: { ...place, ...(errno === undefined ? {} : { reason: errno }) },
			});
	}
}

/** Failures of `link`, `rename` and `unlink` after which nothing has changed; after any other it may have. */
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

/** How far a call that changes a name got when it failed with `error`. */
export function outcomeOfNaming(error: unknown): "not-written" | "unknown" {
	return definite.has(errnoOf(error) ?? "") ? "not-written" : "unknown";
}
