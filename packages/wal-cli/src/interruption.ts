/** Why a session's signal was aborted. */
export class Interruption extends Error {
	/** 128 and the signal's number, as shells have it: 130 after Ctrl-C. */
	readonly exitCode: number;

	constructor(signal: "SIGINT" | "SIGTERM") {
		super(`interrupted by ${signal}`);
		this.exitCode = signal === "SIGINT" ? 130 : 143;
	}
}

/**
 * A signal that the first Ctrl-C (or SIGTERM) aborts, so that the command can end cleanly; the second ends the process
 * at once.
 */
export function interruptSignal(): AbortSignal {
	const controller = new AbortController();
	for (const name of ["SIGINT", "SIGTERM"] as const) {
		process.on(name, () => {
			const interruption = new Interruption(name);
			if (controller.signal.aborted) process.exit(interruption.exitCode);
			controller.abort(interruption);
		});
	}
	return controller.signal;
}
