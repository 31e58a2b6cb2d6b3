import { isWalError, WalError, type WriteOutcome } from "@memwal/wal-runtime";

/** The error itself where it is ours; else a bug, or what a caller's code threw. `what` is the subject: "an append". */
export function asWalError(cause: unknown, what: string, outcome: WriteOutcome = "unknown"): WalError {
	if (isWalError(cause)) return cause;
	return new WalError("WAL_INTERNAL", `${what} failed in a way that nobody thought of`, { outcome, cause });
}
