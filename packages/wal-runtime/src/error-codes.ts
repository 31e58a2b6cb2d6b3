/** How far a write got. `unknown`: it may have happened, may still happen, or may never happen. */
export type WriteOutcome = "written" | "not-written" | "unknown";

/** The coarse class of an error: what a caller would do about it. */
export type WalErrorKind =
	| "closed"
	| "fenced"
	| "conflict"
	| "unavailable"
	| "not-found"
	| "corrupt"
	| "invalid"
	| "aborted"
	| "internal";

/** One row of {@link ERROR_CODES}. */
export interface ErrorCodeEntry {
	readonly kind: WalErrorKind;
	/** Whether the same call may succeed later without anybody changing anything. */
	readonly retryable: boolean;
	/** What the `memwal` command exits with. */
	readonly exitCode: number;
}

/** Every code that a {@link WalError} can carry. Codes are stable; messages are not. */
export type WalErrorCode =
	| "WAL_CLOSED"
	| "WAL_POISONED"
	| "WAL_FENCED"
	| "WAL_CONFLICT"
	| "WAL_SEALED"
	| "WAL_UNAVAILABLE"
	| "WAL_TIMEOUT"
	| "WAL_BACKPRESSURE"
	| "WAL_DENIED"
	| "WAL_STORE_UNSAFE"
	| "WAL_NOT_FOUND"
	| "WAL_COLLECTED"
	| "WAL_GAP"
	| "WAL_CORRUPT"
	| "WAL_INVALID"
	| "WAL_UNSUPPORTED"
	| "WAL_ABORTED"
	| "WAL_INTERNAL";

/** How each code is to be treated; what it means and what to do is in `@memwal/wal-runtime/error-guide`. */
export const ERROR_CODES: Readonly<Record<WalErrorCode, ErrorCodeEntry>> = {
	WAL_CLOSED: { kind: "closed", retryable: false, exitCode: 1 },
	WAL_POISONED: { kind: "closed", retryable: false, exitCode: 1 },
	WAL_FENCED: { kind: "fenced", retryable: false, exitCode: 4 },
	WAL_CONFLICT: { kind: "conflict", retryable: true, exitCode: 4 },
	WAL_SEALED: { kind: "conflict", retryable: false, exitCode: 4 },
	WAL_UNAVAILABLE: { kind: "unavailable", retryable: true, exitCode: 6 },
	WAL_TIMEOUT: { kind: "unavailable", retryable: true, exitCode: 6 },
	WAL_BACKPRESSURE: { kind: "unavailable", retryable: true, exitCode: 6 },
	WAL_DENIED: { kind: "unavailable", retryable: false, exitCode: 6 },
	WAL_STORE_UNSAFE: { kind: "unavailable", retryable: false, exitCode: 6 },
	WAL_NOT_FOUND: { kind: "not-found", retryable: false, exitCode: 3 },
	WAL_COLLECTED: { kind: "not-found", retryable: false, exitCode: 3 },
	WAL_GAP: { kind: "corrupt", retryable: false, exitCode: 5 },
	WAL_CORRUPT: { kind: "corrupt", retryable: false, exitCode: 5 },
	WAL_INVALID: { kind: "invalid", retryable: false, exitCode: 2 },
	WAL_UNSUPPORTED: { kind: "invalid", retryable: false, exitCode: 2 },
	WAL_ABORTED: { kind: "aborted", retryable: false, exitCode: 130 },
	WAL_INTERNAL: { kind: "internal", retryable: false, exitCode: 1 },
};
