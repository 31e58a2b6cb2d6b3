import { DataType, type RecordBatch } from "apache-arrow";
import { counted } from "./display-numbers.ts";
import type { OutputStream } from "./output-stream.ts";
import { jsonCells } from "./row-json.ts";
import type { RowSink } from "./row-sink.ts";
import type { Colors } from "./session.ts";
import { terminalText } from "./terminal-text.ts";
import { type TableColumn, textTable } from "./text-table.ts";

/** Rows of one table; the next ones get a table, and widths, of their own. */
const tableRows = 1_000;

/** A table for people, with a heading for each entry; cut to the terminal's width, where there is a terminal. */
export function tableSink(out: OutputStream, colors: Colors): RowSink {
	return {
		async rows(batches, { entryPosition, writerEpoch, rows, schema }) {
			await out.line(colors.dim(`entry ${entryPosition}, epoch ${writerEpoch}, ${counted(rows, "row")}`));
			const columns: TableColumn[] = schema.fields.map(({ name, type }) => ({
				title: terminalText(name),
				align: isNumeric(type) ? "right" : "left",
			}));
			for (const batch of batches) {
				for (let start = 0; start < batch.numRows && !out.gone.aborted; start += tableRows) {
					const rows = displayRows(batch.slice(start, start + tableRows), colors);
					const { text, hiddenColumns } = textTable(columns, rows, { colors, width: out.columns });
					await out.line(text);
					if (hiddenColumns === 0) continue;
					await out.line(colors.dim(`and ${counted(hiddenColumns, "more column")}: choose with --columns`));
				}
			}
			await out.line("");
		},
		end: async () => undefined,
	};
}

function isNumeric(type: DataType): boolean {
	return DataType.isInt(type) || DataType.isFloat(type) || DataType.isDecimal(type) || DataType.isDuration(type);
}

function displayRows(batch: RecordBatch, colors: Colors): string[][] {
	const cells = batch.data.children.map((data) => jsonCells(data));
	return Array.from({ length: batch.numRows }, (_, row) =>
		cells.map((cell) => {
			const json = cell(row);
			if (json === "null") return colors.dim(json);
			// Strings without their quotes; everything else as in JSON.
			return json.startsWith('"') ? terminalText(JSON.parse(json) as string) : json;
		}),
	);
}
