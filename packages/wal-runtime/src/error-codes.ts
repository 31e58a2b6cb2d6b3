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
	readonly meaning: string;
	readonly remedy: string;
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

/** What each code means, and what to do about it; `docs/errors.md` is generated from here. */
export const ERROR_CODES: Readonly<Record<WalErrorCode, ErrorCodeEntry>> = {
	WAL_CLOSED: {
		kind: "closed",
		retryable: false,
		exitCode: 1,
		meaning: "The writer, appender or store was closed by the caller.",
		remedy: "Open a new one.",
	},
	WAL_POISONED: {
		kind: "closed",
		retryable: false,
		exitCode: 1,
		meaning: "The writer stopped at its first terminal error, which is in `cause`.",
		remedy: "Read `cause`, then open a new writer: it claims the next epoch and reads what is durable.",
	},
	WAL_FENCED: {
		kind: "fenced",
		retryable: false,
		exitCode: 4,
		meaning: "Another writer holds a higher epoch of this shard (both epochs are in `details`).",
		remedy: "Let the other writer work. Do not reopen in a loop: two writers that do so fence each other for ever.",
	},
	WAL_CONFLICT: {
		kind: "conflict",
		retryable: true,
		exitCode: 4,
		meaning: "A commit lost its race more often than its budget allows, or a slot holds rows of another engine.",
		remedy: "Open again; what the other side wrote is then read first.",
	},
	WAL_SEALED: {
		kind: "conflict",
		retryable: false,
		exitCode: 4,
		meaning: "The shard is sealed: its table is being dropped, and no writer may claim it.",
		remedy: "Write to another shard, or have the engine that sealed this one take the seal back.",
	},
	WAL_UNAVAILABLE: {
		kind: "unavailable",
		retryable: true,
		exitCode: 6,
		meaning: "The store did not answer, or answered with an error that can pass.",
		remedy: "Try again later. Where `outcome` is `unknown`, look in the log before you repeat a write.",
	},
	WAL_TIMEOUT: {
		kind: "unavailable",
		retryable: true,
		exitCode: 6,
		meaning: "The deadline passed before the store answered.",
		remedy: "Try again later. Where `outcome` is `unknown`, look in the log before you repeat a write.",
	},
	WAL_BACKPRESSURE: {
		kind: "unavailable",
		retryable: true,
		exitCode: 6,
		meaning: "A queue is full and nothing drains it yet; nothing was taken.",
		remedy: "Wait for earlier writes to settle, or use the call that waits.",
	},
	WAL_DENIED: {
		kind: "unavailable",
		retryable: false,
		exitCode: 6,
		meaning: "The store refused: credentials, permissions, a read-only or a full disk (`details.reason`).",
		remedy: "Grant the permission or free the space, then try again.",
	},
	WAL_STORE_UNSAFE: {
		kind: "unavailable",
		retryable: false,
		exitCode: 6,
		meaning: "The store lets two writers win, or lacks what safety needs.",
		remedy: "Use a store that creates objects atomically, or a file system with hard links.",
	},
	WAL_NOT_FOUND: {
		kind: "not-found",
		retryable: false,
		exitCode: 3,
		meaning: "There is no such shard, entry or cursor.",
		remedy: "Check the log URL and the shard's name.",
	},
	WAL_COLLECTED: {
		kind: "not-found",
		retryable: false,
		exitCode: 3,
		meaning: "The entry was collected: everything below the replay cursor may be gone.",
		remedy: "Resume from `details.resumeFrom`; earlier rows are in whatever the log was flushed to.",
	},
	WAL_GAP: {
		kind: "corrupt",
		retryable: false,
		exitCode: 5,
		meaning: "An entry is missing although a later one exists.",
		remedy: "Restore the missing object. Nothing after the gap is lost, and nothing is read past it silently.",
	},
	WAL_CORRUPT: {
		kind: "corrupt",
		retryable: false,
		exitCode: 5,
		meaning: "Bytes are not what they must be (`details.key`, `details.offset`).",
		remedy: "Restore the object from a copy; keep the damaged one for analysis.",
	},
	WAL_INVALID: {
		kind: "invalid",
		retryable: false,
		exitCode: 2,
		meaning: "Data, a schema, a key, a name or a URL that may not be; nothing was written.",
		remedy: "Correct what the message names.",
	},
	WAL_UNSUPPORTED: {
		kind: "invalid",
		retryable: false,
		exitCode: 2,
		meaning: "A type, a format version or a feature that this version cannot handle.",
		remedy: "Upgrade, or avoid what the message names.",
	},
	WAL_ABORTED: {
		kind: "aborted",
		retryable: false,
		exitCode: 130,
		meaning: "The caller's signal ended the call; `outcome` says what became of a write.",
		remedy: "Nothing, where this was intended.",
	},
	WAL_INTERNAL: {
		kind: "internal",
		retryable: false,
		exitCode: 1,
		meaning: "A broken invariant: a bug in memwal, or two writers that were given one epoch.",
		remedy: "Please report it with the message and `details`.",
	},
};
