import { WalError } from "@memwal/wal-runtime";

/** One line of text, without its line end. */
export interface TextLine {
	/** Counted from 1, blank lines included. */
	readonly number: number;
	readonly text: string;
}

/** A line that long is no row; it is what a binary file looks like. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/**
 * The lines of UTF-8 text that are not blank; `\n` and `\r\n` end a line, and the last one needs neither.
 *
 * @throws `WAL_INVALID` with the line for bytes that are not UTF-8 and for a line over {@link MAX_LINE_BYTES}.
 */
export async function* textLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TextLine, void> {
	let number = 0;
	let pending: Uint8Array[] = [];
	let pendingBytes = 0;
	for await (const chunk of chunks) {
		let start = 0;
		for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
			pending.push(chunk.subarray(start, end));
			const line = decodedLine(pending, ++number);
			if (line) yield line;
			pending = [];
			pendingBytes = 0;
			start = end + 1;
		}
		if (start < chunk.length) {
			pending.push(chunk.subarray(start));
			pendingBytes += chunk.length - start;
			if (pendingBytes > MAX_LINE_BYTES) {
				throw new WalError("WAL_INVALID", `line ${number + 1} is longer than ${MAX_LINE_BYTES} bytes`);
			}
		}
	}
	const last = decodedLine(pending, number + 1);
	if (last) yield last;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decodedLine(pieces: readonly Uint8Array[], number: number): TextLine | undefined {
	const [first] = pieces;
	if (!first) return undefined;
	const bytes = pieces.length === 1 ? first : Buffer.concat(pieces);
	try {
		const text = utf8.decode(bytes);
		return text.trim() === "" ? undefined : { number, text };
	} catch (cause) {
		throw new WalError("WAL_INVALID", `line ${number} is not UTF-8 text`, { cause });
	}
}
