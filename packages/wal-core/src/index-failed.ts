import { isWalError, WalError, type WriteOutcome, withOutcome } from "@memwal/wal-runtime";

/**
 * The error of indexes that could not be made for some rows, or did not take them; `outcome` says whether the rows are in
 * the log.
 */
export function indexFailed(cause: unknown, outcome: WriteOutcome): WalError {
	if (isWalError(cause)) return withOutcome(cause, outcome);
	return new WalError("WAL_INTERNAL", "an index failed in a way that nobody thought of", { outcome, cause });
}
