import { WalError } from "@memwal/wal-runtime";
import { arrowFileBatches, arrowStreamBatches, type Warn } from "./arrow-input.ts";
import type { InputBatch, InputFormat } from "./input-batches.ts";
import type { InputBytes } from "./input-bytes.ts";
import { type NdjsonOptions, ndjsonBatches } from "./ndjson-input.ts";

const foreign: readonly (readonly [magic: string, name: string])[] = [
	["PAR1", "a Parquet file"],
	["\x1f\x8b", "gzip data"],
	["\x28\xb5\x2f\xfd", "Zstandard data"],
	["PK\x03\x04", "a ZIP archive"],
];

/**
 * Which format an input has, by its first bytes: the magic of an Arrow file, the continuation marker of a stream, and
 * everything else is taken for NDJSON.
 *
 * @throws `WAL_INVALID` for an empty input, and for formats that are known and not read.
 */
export async function detectFormat(input: InputBytes): Promise<InputFormat> {
	const head = Buffer.from(await input.peek(8)).toString("latin1");
	if (head === "") throw new WalError("WAL_INVALID", `${input.name} is empty: there is nothing to append`);
	if (head.startsWith("ARROW1")) return "arrow-file";
	if (head.startsWith("\xff\xff\xff\xff")) return "arrow-stream";
	const other = foreign.find(([magic]) => head.startsWith(magic));
	if (other) {
		throw new WalError("WAL_INVALID", `${input.name} is ${other[1]}; memwal reads Arrow IPC and NDJSON`);
	}
	if (/^\s*\[/.test(head)) {
		throw new WalError(
			"WAL_INVALID",
			`${input.name} is a JSON array; NDJSON has one object a line (jq -c '.[]' makes one of the other)`,
		);
	}
	return "ndjson";
}

export interface ReadBatchesOptions extends NdjsonOptions {
	readonly warn: Warn;
}

/** The rows of an input as record batches. */
export function readBatches(
	input: InputBytes,
	format: InputFormat,
	options: ReadBatchesOptions,
): AsyncGenerator<InputBatch, void> {
	switch (format) {
		case "arrow-file":
			return arrowFileBatches(input);
		case "arrow-stream":
			return arrowStreamBatches(input, options.warn);
		case "ndjson":
			return ndjsonBatches(input, options);
	}
}
