import type { Kind } from "@memwal-private/arrow-samples";

export type CompressionName = "none" | "lz4" | "zstd";

/** What `write-entries` is told, as one argument. */
export interface WriteEntriesJob {
	readonly folder: string;
	/** The files' names begin with it. */
	readonly name: string;
	readonly rounds: number;
	readonly seed: number;
	readonly compression: CompressionName;
	readonly kinds: readonly Kind[];
}

/** What `read-streams` is told, as one argument. */
export interface ReadStreamsJob {
	readonly folder: string;
	readonly prefer: "ts" | "wasm";
	/** Stands in the names of the files that it writes. */
	readonly reader: string;
}
