import type { RecordBatch } from "apache-arrow";
import type { OutputStream } from "./output-stream.ts";
import { jsonRows } from "./row-json.ts";
import type { RowSink } from "./row-sink.ts";

/** Rows are written in pieces of about this size, so that neither many small writes nor much memory are needed. */
const pieceCharacters = 1 << 16;

/** One JSON object a line. */
export function jsonLinesSink(out: OutputStream): RowSink {
	return {
		rows: (batches) => writeRows(out, batches, (row) => `${row}\n`),
		end: async () => undefined,
	};
}

/** One JSON document: `{ "rows": […], "resume": { "from", "skipRows" } }`, with the position as a string. */
export function jsonSink(out: OutputStream): RowSink {
	let before = '{"rows":[\n';
	return {
		rows: (batches) =>
			writeRows(out, batches, (row) => {
				const text = before + row;
				before = ",\n";
				return text;
			}),
		async end({ entryPosition, skipRows }) {
			const rowsEnd = before === ",\n" ? "\n]" : '{"rows":[]';
			await out.line(`${rowsEnd},"resume":{"from":"${entryPosition}","skipRows":${skipRows}}}`);
		},
	};
}

async function writeRows(
	out: OutputStream,
	batches: readonly RecordBatch[],
	framed: (row: string) => string,
): Promise<void> {
	let text = "";
	for (const batch of batches) {
		const rowJson = jsonRows(batch);
		for (let row = 0; row < batch.numRows; row++) {
			text += framed(rowJson(row));
			if (text.length < pieceCharacters) continue;
			await out.write(text);
			if (out.gone.aborted) return;
			text = "";
		}
	}
	if (text) await out.write(text);
}
