/** What a writer process is told to do, as one line of JSON on its standard input. */
export interface WriterJob {
	readonly url: string;
	readonly shard: string;
	readonly producer: number;
}

/** An entry that a writer process said is durable. */
export interface Acknowledgement {
	readonly entryPosition: bigint;
	readonly firstSequence: number;
	readonly rows: number;
}

/** What a writer process says, a line each, in the order in which it happened. */
export type WriterMessage =
	/** It is loaded and waits for its job. */
	| { readonly kind: "ready" }
	| { readonly kind: "opened"; readonly epoch: bigint }
	| ({ readonly kind: "acknowledged" } & Acknowledgement)
	/** An append, or the opening, ended with `WAL_FENCED`. */
	| { readonly kind: "fenced" }
	/** It was asked to end, and closed its appender. */
	| { readonly kind: "closed" }
	/** Anything else went wrong. */
	| { readonly kind: "failed"; readonly problem: string };

export function encodeMessage(message: WriterMessage): string {
	switch (message.kind) {
		case "opened":
			return `opened ${message.epoch}`;
		case "acknowledged":
			return `ack ${message.entryPosition} ${message.firstSequence} ${message.rows}`;
		case "failed":
			return `failed ${message.problem.replaceAll(/\s+/g, " ")}`;
		default:
			return message.kind;
	}
}

export function decodeMessage(line: string): WriterMessage {
	const [word = "", ...fields] = line.split(" ");
	switch (word) {
		case "ready":
		case "fenced":
		case "closed":
			return { kind: word };
		case "opened":
			return { kind: "opened", epoch: BigInt(fields[0] ?? "") };
		case "ack":
			return {
				kind: "acknowledged",
				entryPosition: BigInt(fields[0] ?? ""),
				firstSequence: Number(fields[1]),
				rows: Number(fields[2]),
			};
		default:
			return { kind: "failed", problem: word === "failed" ? fields.join(" ") : `said "${line}"` };
	}
}
