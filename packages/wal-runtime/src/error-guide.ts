/**
 * What every error code means to a person, and what to do about it. Apart from the codes themselves, so that these texts
 * are in nobody's bundle who does not show them.
 *
 * ```ts
 * import { ERROR_GUIDE } from "@memwal/wal-runtime/error-guide";
 *
 * console.log(ERROR_GUIDE.WAL_FENCED.remedy);
 * ```
 *
 * @module
 */
import type { WalErrorCode } from "./error-codes.ts";

/** One entry of {@link ERROR_GUIDE}. */
export interface ErrorGuideEntry {
	readonly meaning: string;
	readonly remedy: string;
}

/** What each code means, and what to do about it; `docs/errors.md` is generated from here. */
export const ERROR_GUIDE: Readonly<Record<WalErrorCode, ErrorGuideEntry>> = {
	WAL_CLOSED: {
		meaning: "The writer, appender or store was closed by the caller.",
		remedy: "Open a new one.",
	},
	WAL_POISONED: {
		meaning: "The writer stopped at its first terminal error, which is in `cause`.",
		remedy: "Read `cause`, then open a new writer: it claims the next epoch and reads what is durable.",
	},
	WAL_FENCED: {
		meaning: "Another writer holds a higher epoch of this shard (both epochs are in `details`).",
		remedy: "Let the other writer work. Do not reopen in a loop: two writers that do so fence each other for ever.",
	},
	WAL_CONFLICT: {
		meaning: "A commit lost its race more often than its budget allows, or a slot holds rows of another engine.",
		remedy: "Open again; what the other side wrote is then read first.",
	},
	WAL_SEALED: {
		meaning: "The shard is sealed: its table is being dropped, and no writer may claim it.",
		remedy: "Write to another shard, or have the engine that sealed this one take the seal back.",
	},
	WAL_UNAVAILABLE: {
		meaning: "The store did not answer, or answered with an error that can pass.",
		remedy: "Try again later. Where `outcome` is `unknown`, look in the log before you repeat a write.",
	},
	WAL_TIMEOUT: {
		meaning: "The deadline passed before the store answered.",
		remedy: "Try again later. Where `outcome` is `unknown`, look in the log before you repeat a write.",
	},
	WAL_BACKPRESSURE: {
		meaning: "A queue is full and nothing drains it yet; nothing was taken.",
		remedy: "Wait for earlier writes to settle, or use the call that waits.",
	},
	WAL_DENIED: {
		meaning: "The store refused: credentials, permissions, a read-only or a full disk (`details.reason`).",
		remedy: "Grant the permission or free the space, then try again.",
	},
	WAL_STORE_UNSAFE: {
		meaning: "The store lets two writers win, or lacks what safety needs.",
		remedy: "Use a store that creates objects atomically, or a file system with hard links.",
	},
	WAL_NOT_FOUND: {
		meaning: "There is no such shard, entry or cursor.",
		remedy: "Check the log URL and the shard's name.",
	},
	WAL_COLLECTED: {
		meaning: "The entry was collected: everything below the replay cursor may be gone.",
		remedy: "Resume from `details.resumeFrom`; earlier rows are in whatever the log was flushed to.",
	},
	WAL_GAP: {
		meaning: "An entry is missing although a later one exists.",
		remedy: "Restore the missing object. Nothing after the gap is lost, and nothing is read past it silently.",
	},
	WAL_CORRUPT: {
		meaning: "Bytes are not what they must be (`details.key`, `details.offset`).",
		remedy: "Restore the object from a copy; keep the damaged one for analysis.",
	},
	WAL_INVALID: {
		meaning: "Data, a schema, a key, a name or a URL that may not be; nothing was written.",
		remedy: "Correct what the message names.",
	},
	WAL_UNSUPPORTED: {
		meaning: "A type, a format version or a feature that this version cannot handle.",
		remedy: "Upgrade, or avoid what the message names.",
	},
	WAL_ABORTED: {
		meaning: "The caller's signal ended the call; `outcome` says what became of a write.",
		remedy: "Nothing, where this was intended.",
	},
	WAL_INTERNAL: {
		meaning: "A broken invariant: a bug in memwal, or two writers that were given one epoch.",
		remedy: "Please report it with the message and `details`.",
	},
};
