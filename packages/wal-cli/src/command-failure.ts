import { ERROR_CODES, isWalError } from "@memwal/wal-runtime";
import { ERROR_GUIDE } from "@memwal/wal-runtime/error-guide";
import { Interruption } from "./interruption.ts";

/** What a command knows about a failure beyond the error itself. */
export interface FailureContext {
	/** What to do next, where the command knows better than the error's code. */
	readonly nextStep?: string | undefined;
	/** What had been achieved before, as a sentence and as data. */
	readonly achieved?: { readonly text: string; readonly data: Record<string, unknown> } | undefined;
}

/** An error on its way to the user, with what the command knows about it. */
export class CommandFailure extends Error {
	readonly context: FailureContext;

	constructor(cause: unknown, context: FailureContext) {
		super(cause instanceof Error ? cause.message : String(cause), { cause });
		this.context = context;
	}
}

/** A command line that cannot be carried out. */
export class UsageError extends Error {
	readonly nextStep: string;

	constructor(message: string, nextStep: string) {
		super(message);
		this.nextStep = nextStep;
	}
}

/** Everything that is said about a failure. */
export interface FailureReport {
	/** A `WalError` code, or `USAGE`, or `UNEXPECTED`. */
	readonly code: string;
	readonly message: string;
	readonly nextStep: string;
	readonly exitCode: number;
	readonly achieved: FailureContext["achieved"];
	/** Whether the user ended the command, which is no error. */
	readonly interrupted: boolean;
	/** The error's own JSON, for programs. */
	readonly json: Record<string, unknown>;
	readonly stack: string | undefined;
}

/** Turns anything thrown into what the user is told, with the exit code of its kind. */
export function reportOf(thrown: unknown, signal: AbortSignal): FailureReport {
	const error = thrown instanceof CommandFailure ? thrown.cause : thrown;
	const context: FailureContext = thrown instanceof CommandFailure ? thrown.context : {};
	const message = error instanceof Error ? error.message : String(error);
	const base = { message, achieved: context.achieved, stack: stackOf(error), interrupted: false };
	if (isWalError(error)) {
		const { exitCode } = ERROR_CODES[error.code];
		const { remedy } = ERROR_GUIDE[error.code];
		const interrupted = error.code === "WAL_ABORTED" && signal.reason instanceof Interruption;
		return {
			...base,
			interrupted,
			code: error.code,
			message: interrupted ? signal.reason.message : message,
			nextStep: context.nextStep ?? (interrupted ? "" : remedy),
			exitCode: interrupted ? signal.reason.exitCode : exitCode,
			json: error.toJSON(),
		};
	}
	if (error instanceof UsageError || error instanceof TypeError || error instanceof RangeError) {
		const nextStep = error instanceof UsageError ? error.nextStep : "Correct the argument that the message names.";
		return { ...base, code: "USAGE", nextStep: context.nextStep ?? nextStep, exitCode: 2, json: { message } };
	}
	const nextStep = "Run it again with --debug, and report what it prints.";
	return { ...base, code: "UNEXPECTED", nextStep: context.nextStep ?? nextStep, exitCode: 1, json: { message } };
}

function stackOf(error: unknown): string | undefined {
	if (!(error instanceof Error)) return undefined;
	const cause = error.cause === undefined ? undefined : (stackOf(error.cause) ?? String(error.cause));
	return cause === undefined ? error.stack : `${error.stack}\ncaused by ${cause}`;
}
