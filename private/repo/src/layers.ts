/** What a published package may import of the others, directly. Arrows point one way: towards `wal-runtime`. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
	"wal-runtime": [],
	"wal-store": ["wal-runtime"],
	"wal-ipc-wasm": ["wal-runtime"],
	"wal-index": ["wal-runtime"],
	"wal-core": ["wal-runtime", "wal-store", "wal-ipc-wasm"],
	"wal-sim": ["wal-runtime", "wal-store", "wal-ipc-wasm", "wal-index", "wal-core"],
	"wal-cli": ["wal-runtime", "wal-store", "wal-ipc-wasm", "wal-index", "wal-core"],
};

/** The only files that may use Node itself: `node:` modules, `process`, `Buffer`. Everything else also runs in a browser. */
export const NODE_FILES: readonly RegExp[] = [/^packages\/wal-store\/src\/(fs|s3)/, /^packages\/wal-cli\/src\//];

/** Files that look for `process` on `globalThis`, use what it offers where it is there, and go on without it elsewhere. */
export const RUNTIME_PROBES: readonly string[] = [
	"packages/wal-ipc-wasm/src/crc32.ts",
	"packages/wal-ipc-wasm/src/load-codec.ts",
	"packages/wal-ipc-wasm/src/native-utf8.ts",
	"packages/wal-ipc-wasm/src/zstd.ts",
];

/** Subpaths of packages that are such files: only other Node files may import them statically. */
export const NODE_SUBPATHS: readonly string[] = ["@memwal/wal-store/fs", "@memwal/wal-store/s3"];

/** Packages whose time and chance come from `Clock` and `Random` alone, so that a seed decides everything they do. */
export const DETERMINISTIC_PACKAGES: readonly string[] = [
	"wal-runtime",
	"wal-store",
	"wal-ipc-wasm",
	"wal-index",
	"wal-core",
	"wal-sim",
];

/** Where the real clock and the real randomness are made. */
export const REAL_TIME_AND_CHANCE: readonly string[] = [
	"packages/wal-runtime/src/clock.ts",
	"packages/wal-runtime/src/random.ts",
	"packages/wal-runtime/src/macrotask.ts",
];

/** Entry points that must not drag in another's code: a reader's bundle contains no writer. */
export const SEPARATE_ENTRIES: readonly { readonly entry: string; readonly never: RegExp }[] = [
	{
		entry: "packages/wal-core/src/tailer.ts",
		never: /\/(appender|writer|wal-appender|wal-flusher|batch-store|take-over|claim-epoch|commit-update)\.ts$/,
	},
];
