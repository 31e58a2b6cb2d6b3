import { MAX_U64, requireU64 } from "./u64.ts";

const HINT = /^\{"version":([1-9][0-9]{0,19})\}$/;
const LONGEST_HINT_BYTES = encodeVersionHint(MAX_U64).length;

/**
 * The hint's content, `{"version":N}`: the same bytes as the engine's.
 *
 * @throws TypeError or RangeError when the version is no bigint from 1 to 2^64−1.
 */
export function encodeVersionHint(version: bigint): Uint8Array<ArrayBuffer> {
	return new TextEncoder().encode(`{"version":${requireU64(version, "a manifest version", 1n)}}`);
}

/**
 * The version that the hint names, or `undefined` where it is anything but exactly a hint.
 *
 * It is only where a search begins: a hint may be old, or name a version that was never written.
 */
export function decodeVersionHint(bytes: Uint8Array): bigint | undefined {
	if (bytes.length > LONGEST_HINT_BYTES) return undefined;
	const digits = HINT.exec(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes))?.[1];
	const version = digits === undefined ? undefined : BigInt(digits);
	return version !== undefined && version <= MAX_U64 ? version : undefined;
}
