import { spawnSync } from "node:child_process";

/**
 * Runs a program to its end; what it says on standard error is shown.
 *
 * @throws Error with `whatFailed` where it cannot be started or fails.
 */
export function run(program: string, args: readonly string[], whatFailed: string): void {
	const { status, error } = spawnSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
	if (error || status !== 0) throw new Error(`${whatFailed} (${error?.message ?? `exit code ${status}`})`);
}

/** What a program says; `undefined` where it cannot be started or fails. */
export function output(program: string, args: readonly string[]): string | undefined {
	const { status, stdout } = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
	return status === 0 ? stdout : undefined;
}
