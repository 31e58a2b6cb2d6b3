import { isWalError } from "@memwal/wal-runtime";

/** What faults, rivals and a caller's own impatience explain. */
const EXPECTED_KINDS: ReadonlySet<string> = new Set(["unavailable", "fenced", "aborted", "closed"]);

/** Whether the error is one that a run under faults has to live with. */
export function isExpected(error: unknown): boolean {
	return isWalError(error) && EXPECTED_KINDS.has(error.kind);
}
