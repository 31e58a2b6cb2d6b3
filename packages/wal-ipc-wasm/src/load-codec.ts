import { ArrowCodec } from "./arrow-codec.ts";
import type { Codec, CodecChoice } from "./codec.ts";

export interface LoadCodecOptions {
	/** Which implementation to favour where there is a choice. */
	readonly prefer?: "auto" | "ts" | "wasm" | undefined;
}

/**
 * A codec that works on this runtime: loading never fails, and what was asked for but cannot be had is replaced.
 *
 * `explain()` says what serves each operation, and why. In this release that is always the reference implementation.
 *
 * @example
 * ```ts
 * const codec = await loadCodec();
 * console.table(codec.explain());
 * ```
 */
export async function loadCodec({ prefer = "auto" }: LoadCodecOptions = {}): Promise<Codec> {
	const only =
		"the reference implementation, over apache-arrow's own reader and writer, is the only one in this release";
	const reason = prefer === "auto" ? only : `"${prefer}" was asked for, but ${only}`;
	const choice = (operation: string): CodecChoice => ({ operation, implementation: "apache-arrow", reason });
	return new ArrowCodec([choice("encode"), choice("decode")]);
}
