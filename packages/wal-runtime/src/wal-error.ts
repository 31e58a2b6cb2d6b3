import { ERROR_CODES, type WalErrorCode, type WalErrorKind, type WriteOutcome } from "./error-codes.ts";

/** Where an error happened; every code may carry these. */
export interface WalErrorPlace {
	/** The shard's id. */
	readonly shard?: string;
	/** The object's key in its store. */
	readonly key?: string;
	/** The entry's position. */
	readonly entryPosition?: bigint;
}

/** What each code says beyond its message. */
export interface WalErrorDetails {
	WAL_CLOSED: WalErrorPlace;
	WAL_POISONED: WalErrorPlace;
	WAL_FENCED: WalErrorPlace & {
		/** The epoch of the writer that was fenced, or the one that it asked for. */
		readonly epoch: bigint;
		/** The higher epoch that was seen. */
		readonly fencedBy: bigint;
	};
	WAL_CONFLICT: WalErrorPlace;
	WAL_SEALED: WalErrorPlace;
	WAL_UNAVAILABLE: WalErrorPlace & { readonly reason?: string };
	WAL_TIMEOUT: WalErrorPlace & { readonly deadlineMs?: number };
	WAL_BACKPRESSURE: WalErrorPlace;
	WAL_DENIED: WalErrorPlace & { readonly reason: "credentials" | "permission" | "read-only" | "no-space" };
	WAL_STORE_UNSAFE: WalErrorPlace;
	WAL_NOT_FOUND: WalErrorPlace;
	WAL_COLLECTED: WalErrorPlace & {
		/** The first position that is certainly still in the log. */
		readonly resumeFrom: bigint;
	};
	WAL_GAP: WalErrorPlace & {
		/** A later position that exists. */
		readonly laterPosition: bigint;
	};
	WAL_CORRUPT: WalErrorPlace & {
		/** Offset in bytes into the object where the damage was noticed. */
		readonly offset?: number;
	};
	WAL_INVALID: WalErrorPlace;
	WAL_UNSUPPORTED: WalErrorPlace;
	WAL_ABORTED: WalErrorPlace;
	WAL_INTERNAL: WalErrorPlace;
}

export interface WalErrorOptions<Code extends WalErrorCode> {
	readonly details?: WalErrorDetails[Code];
	/** Set exactly where a write was involved. */
	readonly outcome?: WriteOutcome;
	readonly cause?: unknown;
}

/** Marks our errors across copies of this package, where `instanceof` would miss. */
const brand = Symbol.for("memwal.error");

/**
 * The one error class of memwal: a stable `code`, and with it a `kind` and whether trying again can help.
 *
 * Where a write was involved, `outcome` tells how far it got; it is never a guess.
 * Recognise it with {@link isWalError}, which also works across two installed copies.
 */
export class WalError<Code extends WalErrorCode = WalErrorCode> extends Error {
	readonly code: Code;
	/** Absent where no write was involved. */
	readonly outcome: WriteOutcome | undefined;
	readonly details: WalErrorDetails[Code];

	constructor(code: Code, message: string, options: WalErrorOptions<Code> = {}) {
		super(message, "cause" in options ? { cause: options.cause } : undefined);
		Object.defineProperty(this, brand, { value: true });
		this.code = code;
		this.outcome = options.outcome;
		this.details = (options.details ?? {}) as WalErrorDetails[Code];
	}

	override get name(): string {
		return this.code === "WAL_ABORTED" ? "AbortError" : "WalError";
	}

	get kind(): WalErrorKind {
		return ERROR_CODES[this.code].kind;
	}

	get retryable(): boolean {
		return ERROR_CODES[this.code].retryable;
	}

	/** A JSON-safe form: `bigint` details become decimal strings, and the chain of causes is kept. */
	toJSON(): Record<string, unknown> {
		return {
			name: this.name,
			code: this.code,
			kind: this.kind,
			retryable: this.retryable,
			...(this.outcome === undefined ? {} : { outcome: this.outcome }),
			message: this.message,
			details: Object.fromEntries(
				Object.entries(this.details).map(([name, value]) => [name, typeof value === "bigint" ? `${value}` : value]),
			),
			...causeToJson(this),
		};
	}
}

/** Errors without codes that are told in a row at most: a longer chain is most likely a circle. */
const MAX_CAUSES = 8;

function causeToJson({ cause }: Error, depth = 0): { cause?: unknown } {
	if (cause === undefined || depth === MAX_CAUSES) return {};
	if (isWalError(cause)) return { cause: cause.toJSON() };
	if (!(cause instanceof Error)) return { cause: String(cause) };
	const { code } = cause as { code?: unknown };
	return {
		cause: {
			name: cause.name,
			...(typeof code === "string" ? { code } : {}),
			message: cause.message,
			...causeToJson(cause, depth + 1),
		},
	};
}

/**
 * Whether `error` is a {@link WalError}, of that code where one is named, also if another copy of this package threw it.
 *
 * @example
 * ```ts
 * try {
 *   await appender.append([batch]);
 * } catch (error) {
 *   if (isWalError(error, "WAL_FENCED")) console.error(`epoch ${error.details.fencedBy} has taken over`);
 *   else throw error;
 * }
 * ```
 */
export function isWalError<Code extends WalErrorCode = WalErrorCode>(
	error: unknown,
	code?: Code,
): error is WalError<Code> {
	if (typeof error !== "object" || error === null || !(brand in error)) return false;
	return code === undefined || (error as unknown as WalError).code === code;
}

/** How far the write behind `error` got; anything that does not say so is `unknown`, since a guess could lose or double rows. */
export function outcomeOf(error: unknown): WriteOutcome {
	return (isWalError(error) ? error.outcome : undefined) ?? "unknown";
}

/**
 * The same failure with the outcome of the whole call, which knows of more attempts than the last one; the failure
 * itself where that is its outcome already.
 */
export function withOutcome(error: WalError, outcome: WriteOutcome): WalError {
	if (error.outcome === outcome) return error;
	const earlier = error.outcome === "not-written" ? " (an earlier attempt may have been written)" : "";
	const cause = "cause" in error ? { cause: error.cause } : {};
	return new WalError(error.code, error.message + earlier, { details: error.details, outcome, ...cause });
}
