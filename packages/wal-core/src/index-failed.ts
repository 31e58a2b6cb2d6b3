import { type WalError, type WriteOutcome, withOutcome } from "@memwal/wal-runtime";
import { asWalError } from "./as-wal-error.ts";

/**
 * The error of indexes that could not be made for some rows, or did not take them; `outcome` says whether the rows are in
 * the log.
 */
export function indexFailed(cause: unknown, outcome: WriteOutcome): WalError {
	return withOutcome(asWalError(cause, "an index", outcome), outcome);
}
