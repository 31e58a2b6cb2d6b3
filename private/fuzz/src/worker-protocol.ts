/** What a worker is told to do, as one line of JSON on its standard input. */
export type WorkerJob =
	/** Judge the cases `[from, to)` of a seed. */
	| { readonly kind: "cases"; readonly seed: number; readonly from: number; readonly to: number }
	/** Judge what is in these files, from one on; the number of a case is the place in the list. */
	| { readonly kind: "files"; readonly from: number; readonly files: readonly string[] }
	/** Write the bytes of one case into a file. */
	| { readonly kind: "write"; readonly seed: number; readonly number: number; readonly file: string };

/** What a worker says, a line of JSON each. */
export type WorkerMessage =
	| { readonly kind: "ready" }
	/** It begins with a case; if nothing follows, that case has hung or killed it. */
	| { readonly kind: "begins"; readonly number: number }
	| { readonly kind: "failed"; readonly number: number; readonly violations: readonly string[] }
	/** The job is done; how many cases ended in what. */
	| { readonly kind: "done"; readonly outcomes: Readonly<Record<string, number>> };

/** Most of what is said is that a case begins, so that is a bare number. */
export function encodeMessage(message: WorkerMessage): string {
	return message.kind === "begins" ? String(message.number) : JSON.stringify(message);
}

export function decodeMessage(line: string): WorkerMessage {
	return line.startsWith("{") ? (JSON.parse(line) as WorkerMessage) : { kind: "begins", number: Number(line) };
}
