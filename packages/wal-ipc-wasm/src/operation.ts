import type { CodecChoice } from "./codec.ts";
import { nativeCrc32 } from "./crc32.ts";
import { nativeIsUtf8 } from "./native-utf8.ts";

/** In the order in which they are explained. */
export const OPERATIONS = [
	"encode",
	"compress lz4",
	"decompress lz4",
	"checksum",
	"count nulls",
	"check offsets",
	"check indices",
	"check text",
] as const;

/** What an engine is chosen for. */
export type Operation = (typeof OPERATIONS)[number];

/** What the runtime does itself, and the module of it that does. */
const NATIVE: Readonly<Partial<Record<Operation, string | undefined>>> = {
	checksum: nativeCrc32 && "zlib",
	"check text": nativeIsUtf8 && "node:buffer",
};

/** Says that an operation is done by the runtime itself, where it is, and else by what was asked for. */
export function explainFixed(operation: Operation, askedFor: string): CodecChoice {
	const native = NATIVE[operation];
	return native
		? { operation, implementation: native, reason: "the runtime's own is the fastest" }
		: { operation, implementation: askedFor, reason: `"${askedFor}" was asked for` };
}
