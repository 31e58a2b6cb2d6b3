// What the rows of the suite are called: the suite writes them, and what is drawn from a kept result looks for them.

import type { Operation } from "./codec-internals.ts";

export const VARIANTS = {
	memcpyWarm: "memcpy, warm",
	memcpyPerBuffer: "memcpy, buffer by buffer",
	memcpyFresh: "memcpy, fresh",
	apache: "apache-arrow",
	flechette: "flechette",
	arena: "memwal, into the arena",
	pieces: "memwal, pieces",
	fresh: "memwal, fresh",
	wasmArena: "memwal by wasm, into the arena",
	checksummed: "memwal, with checksum",
	batches: "memwal, RecordBatch[]",
	lazy: "memwal, lazy",
	ts: "ts",
	wasm: "wasm",
} as const;

export const WORKLOADS = ["tiny", "tiny64", "small", "wide", "medium", "large", "flights"] as const;

export const encodeName = (workload: string): string => `encode ${workload}`;
export const decodeName = (workload: string): string => `decode ${workload}`;
export const sizeName = (workload: string): string => `stream of ${workload}`;
export const heapName = (name: string): string => `${name}: heap`;
export const buffersName = (name: string): string => `${name}: ArrayBuffers`;
/** An operation of the engines on input of one size. */
export const sweepName = (operation: string, bytes: number): string => `${operation}, ${bytes} bytes`;
export const compressName = (column: string): string => `compress lz4, ${column}`;
export const decompressName = (column: string): string => `decompress lz4, ${column}`;

const SIZES: readonly number[] = [1, 4, 16, 64, 256, 1024].map((kibibytes) => kibibytes << 10);

/** Sizes in bytes at which both engines are measured, for the choice between them. */
export const SWEPT_SIZES: Readonly<Record<Operation, readonly number[]>> = {
	// Larger entries are not copied at all, whoever is chosen.
	encode: SIZES.filter((bytes) => bytes < 256 << 10),
	"compress lz4": SIZES,
	"decompress lz4": SIZES,
	checksum: SIZES,
	"count nulls": SIZES,
	"check offsets": SIZES,
	"check indices": SIZES,
	"check text": SIZES,
};

/** The columns that LZ4 is measured with: 4 MB each, and compressible. */
export const COMPRESSIBLE = ["int64", "float64", "utf8"] as const;
