import type { Readable, Writable } from "node:stream";
import pico from "picocolors";
import { OutputStream } from "./output-stream.ts";

export type Colors = ReturnType<typeof pico.createColors>;

/** What a command works with: the process's streams, Ctrl-C, and how it was called. */
export interface Session {
	readonly stdin: Readable;
	/** For data. */
	readonly out: OutputStream;
	/** For progress and messages. */
	readonly err: OutputStream;
	/** Colours for standard output, and for standard error. */
	readonly outColors: Colors;
	readonly errColors: Colors;
	/** Aborted by Ctrl-C (SIGINT) and SIGTERM; its reason is an {@link Interruption}. */
	readonly signal: AbortSignal;
	/** How to call this command again, as it would be typed. */
	readonly commandName: string;
}

export interface ProcessStreams {
	readonly stdin: Readable;
	readonly stdout: Writable;
	readonly stderr: Writable;
	readonly env: NodeJS.ProcessEnv;
}

export function createSession(
	{ stdin, stdout, stderr, env }: ProcessStreams,
	{ signal, commandName }: Pick<Session, "signal" | "commandName">,
): Session {
	const out = new OutputStream(stdout);
	const err = new OutputStream(stderr);
	return {
		stdin,
		out,
		err,
		outColors: pico.createColors(colored(out, env)),
		errColors: pico.createColors(colored(err, env)),
		signal,
		commandName,
	};
}

/** `NO_COLOR` (no-color.org) wins over `FORCE_COLOR`; without either, terminals get colours. */
function colored(output: OutputStream, env: NodeJS.ProcessEnv): boolean {
	if (env.NO_COLOR) return false;
	const forced = env.FORCE_COLOR;
	if (forced !== undefined) return forced !== "0" && forced !== "false";
	return output.isTerminal && env.TERM !== "dumb";
}
