import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { WalError } from "@memwal/wal-runtime";
import type { RecordBatch } from "apache-arrow";
import { CommandFailure } from "../command-failure.ts";
import { DEFAULT_INFER_LINES, MAX_ENTRY_BYTES } from "../input-batches.ts";
import { openInput } from "../input-bytes.ts";
import { detectFormat, readBatches } from "../input-format.ts";

const flights = join("node_modules", "vega-datasets", "data", "flights-200k.arrow");

/**
 * The file that the demo appends unless told otherwise: 200,000 flights, from the npm package `vega-datasets`.
 *
 * @throws `WAL_INVALID` where that package is installed neither here nor beside this command.
 */
export function findFlights(): string {
	for (const start of [".", dirname(fileURLToPath(import.meta.url))]) {
		for (const folder of withParents(start)) {
			const path = join(folder, flights);
			if (existsSync(path)) return path;
		}
	}
	throw new CommandFailure(
		new WalError("WAL_INVALID", "the demo's data set is not installed: there is no npm package vega-datasets"),
		{ nextStep: "npm install vega-datasets@3.2.1, or name an Arrow or NDJSON file: --source FILE" },
	);
}

function* withParents(start: string): Generator<string> {
	yield start;
	let folder = start === "." ? process.cwd() : start;
	for (let parent = dirname(folder); parent !== folder; parent = dirname(folder)) {
		folder = parent;
		yield folder;
	}
}

export interface ReadSourceOptions {
	readonly batchRows: number;
	readonly signal: AbortSignal;
}

/** The first of the source's batches. @throws `WAL_INVALID` where it has no rows. */
export async function firstBatch(path: string, options: ReadSourceOptions): Promise<RecordBatch> {
	for await (const batch of sourceBatches(path, options)) return batch;
	throw new WalError("WAL_INVALID", `${path} has no rows`);
}

/** The rows of the source; the same batches every time. */
export async function* sourceBatches(
	path: string,
	{ batchRows, signal }: ReadSourceOptions,
): AsyncGenerator<RecordBatch, void> {
	// Every writer reads the source for itself, so "-" can only be a file of that name.
	const input = await openInput(path === "-" ? "./-" : path, process.stdin, signal);
	try {
		const format = await detectFormat(input);
		const options = { batchRows, maxEntryBytes: MAX_ENTRY_BYTES, inferLines: DEFAULT_INFER_LINES };
		for await (const { batch } of readBatches(input, format, { ...options, warn: () => undefined })) yield batch;
	} finally {
		await input.close();
	}
}
