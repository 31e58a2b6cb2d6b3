/** Where the writers' sink keeps its files, beside the log. */
export const PREFIX = "sunk/";

/** Each run has ids of its own: those from its number times this on. */
export const IDS_PER_RUN = 1_000_000;

/** What a writer process says, a line each, in the order in which it happened. */
export type WriterMessage =
	/** It is loaded, and waits for its line. */
	| { readonly kind: "ready" }
	| { readonly kind: "opened"; readonly epoch: bigint }
	| { readonly kind: "acknowledged"; readonly entryPosition: bigint; readonly firstId: number; readonly rows: number }
	/** Another writer has taken over. */
	| { readonly kind: "fenced" }
	/** It was asked to end, and closed its writer. */
	| { readonly kind: "closed" }
	/** Anything else went wrong. */
	| { readonly kind: "failed"; readonly problem: string };

export function encodeMessage(message: WriterMessage): string {
	return JSON.stringify(message, (_, value) => (typeof value === "bigint" ? `${value}` : value));
}

/** @throws SyntaxError for a line that {@link encodeMessage} did not make. */
export function decodeMessage(line: string): WriterMessage {
	const message = JSON.parse(line);
	if (message.kind === "opened") return { ...message, epoch: BigInt(message.epoch) };
	if (message.kind === "acknowledged") return { ...message, entryPosition: BigInt(message.entryPosition) };
	return message;
}
