import { type Clock, WalError } from "@memwal/wal-runtime";
import type { ObjectStore } from "./object-store.ts";
import { withPrefix } from "./with-prefix.ts";

export interface OpenStoreOptions {
	/** Passed to the driver; the real clock by default. */
	readonly clock?: Clock | undefined;
}

const examples = 'write "file:./data", "file:/var/lib/data", "s3://bucket/prefix" or "memory:"';

/** The stores of `memory:NAME`, for as long as this process lives. */
const namedMemoryStores = new Map<string, ObjectStore>();

/**
 * Opens the store that `url` names, and loads only the driver that it needs.
 *
 * - `file:PATH` is a folder, which the first write makes if it is missing. The path is taken as it stands, relative to
 *   the working directory and with percent signs as they are; `file:///PATH` is the same as `file:/PATH`.
 * - `s3://BUCKET/PREFIX` is a folder in a bucket, with `?endpoint=…&region=…&profile=…&addressing=path|virtual-host` where
 *   the environment (`AWS_…`) does not say so already. It needs `@aws-sdk/client-s3`, and holds no credentials.
 * - `memory:` is a new, empty store; `memory:NAME` is the same one for everybody in this process.
 *
 * @throws `WAL_INVALID` for a URL that names no store, `WAL_UNSUPPORTED` for `s3:` where `@aws-sdk/client-s3` is not
 * installed, `WAL_STORE_UNSAFE` for a place that is known to let two creators win.
 * @example
 * ```ts
 * const store = await openStore("file:./data/flights");
 * ```
 */
export async function openStore(url: string, options: OpenStoreOptions = {}): Promise<ObjectStore> {
	if (typeof url !== "string") throw new TypeError(`a store URL must be a string, not ${typeof url}`);
	const [, scheme, rest = ""] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(url) ?? [];
	switch (scheme?.toLowerCase()) {
		case "memory":
			return openMemory(rest, options);
		case "file": {
			const { openFsStore } = await import("./fs.ts");
			return openFsStore(filePath(rest), options);
		}
		case "s3":
			return openS3(rest, options);
		case undefined:
			throw new WalError("WAL_INVALID", `a store URL begins with a scheme; ${examples}`);
		default:
			throw new WalError("WAL_INVALID", `there is no store for the scheme "${scheme}:"; ${examples}`);
	}
}

async function openMemory(name: string, options: OpenStoreOptions): Promise<ObjectStore> {
	const { openMemoryStore } = await import("./memory.ts");
	if (name === "") return openMemoryStore(options);
	const store = namedMemoryStores.get(name) ?? openMemoryStore(options);
	namedMemoryStores.set(name, store);
	return store;
}

async function openS3(rest: string, options: OpenStoreOptions): Promise<ObjectStore> {
	const [{ openS3Store }, { parseS3Url }] = await Promise.all([import("./s3.ts"), import("./s3-url.ts")]);
	const { prefix, ...place } = parseS3Url(rest);
	const store = await openS3Store({ ...place, ...options });
	return prefix === "" ? store : withPrefix(store, prefix);
}

/** Split by hand, since `new URL` would make `file:./data` absolute. */
function filePath(rest: string): string {
	const path = rest.startsWith("//") ? rest.slice(2) : rest;
	if (rest.startsWith("//") && !path.startsWith("/")) {
		throw new WalError("WAL_INVALID", `a file URL names no host, so it has one slash or three; ${examples}`);
	}
	if (path === "") throw new WalError("WAL_INVALID", `the file URL has no path; ${examples}`);
	if (path.includes("\0")) throw new WalError("WAL_INVALID", `the path of the file URL holds a NUL; ${examples}`);
	return path;
}
