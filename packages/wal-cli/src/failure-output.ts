import { reportOf } from "./command-failure.ts";
import type { Session } from "./session.ts";
import { terminalText } from "./terminal-text.ts";
import { withoutCredentials } from "./without-credentials.ts";

export interface FailureOutputOptions {
	readonly json: boolean;
	readonly debug: boolean;
}

/** Tells the user what went wrong and what to do next, on standard error. Resolves to the exit code. */
export async function printFailure(
	thrown: unknown,
	{ err, errColors, signal }: Session,
	{ json, debug }: FailureOutputOptions,
): Promise<number> {
	const { code, message, nextStep, exitCode, achieved, interrupted, json: details, stack } = reportOf(thrown, signal);
	if (json) {
		const error = { ...details, code, message, nextStep, exitCode, ...(achieved ? { achieved: achieved.data } : {}) };
		await err.line(withoutCredentials(JSON.stringify({ error: debug ? { ...error, stack } : error })));
		return exitCode;
	}
	if (achieved) await err.line(`${errColors.bold("so far:")} ${shownText(achieved.text)}`);
	const heading = interrupted ? "" : `${errColors.red(errColors.bold(`error ${code}:`))} `;
	await err.line(heading + shownText(message));
	if (nextStep) await err.line(`${errColors.bold("next:")} ${shownText(nextStep)}`);
	if (debug && stack) await err.line(errColors.dim(stack.split("\n").map(shownText).join("\n")));
	return exitCode;
}

function shownText(text: string): string {
	return terminalText(withoutCredentials(text));
}
