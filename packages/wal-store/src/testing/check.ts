import { isWalError, type WalError, type WalErrorCode } from "@memwal/wal-runtime";
import type { ObjectMeta, ObjectStore } from "../object-store.ts";

/** @throws Error that says what was expected and what came, unless the two have the same JSON. */
export function equal(actual: unknown, expected: unknown, what: string): void {
	const [came, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
	if (came !== wanted) throw new Error(`${what}: expected ${short(wanted)}, got ${short(came)}`);
}

/** @throws Error if `condition` does not hold. */
export function holds(condition: boolean, what: string): void {
	if (!condition) throw new Error(`does not hold: ${what}`);
}

/** @throws Error unless both hold the same bytes. */
export function sameBytes(actual: Uint8Array | undefined, expected: Uint8Array, what: string): void {
	if (!actual) throw new Error(`${what}: expected ${expected.length} bytes, got no object`);
	if (actual.length !== expected.length) {
		throw new Error(`${what}: expected ${expected.length} bytes, got ${actual.length}`);
	}
	for (let at = 0; at < expected.length; at++) {
		if (actual[at] !== expected[at]) throw new Error(`${what}: byte ${at} is ${actual[at]}, expected ${expected[at]}`);
	}
}

/** The error that `call` fails with; it must be a `WalError` of that code. */
export async function failsWith(call: () => Promise<unknown>, code: WalErrorCode, what: string): Promise<WalError> {
	const error = await failureOf(call, what);
	if (isWalError(error, code)) return error;
	throw new Error(`${what}: expected ${code}, got ${isWalError(error) ? error.code : error}`, { cause: error });
}

/** What `call` rejects with. */
export async function failureOf(call: () => Promise<unknown>, what: string): Promise<unknown> {
	try {
		await call();
	} catch (error) {
		return error;
	}
	throw new Error(`${what}: expected a failure, but it succeeded`);
}

export async function listed(objects: AsyncIterable<ObjectMeta>): Promise<ObjectMeta[]> {
	const all: ObjectMeta[] = [];
	for await (const meta of objects) all.push(meta);
	return all;
}

export async function keysOf(objects: AsyncIterable<ObjectMeta>): Promise<string[]> {
	return (await listed(objects)).map(({ key }) => key);
}

export async function bytesUnder(store: ObjectStore, key: string): Promise<Uint8Array | undefined> {
	return (await store.get(key))?.bytes;
}

export function utf8(text: string): Uint8Array<ArrayBuffer> {
	return new TextEncoder().encode(text);
}

/** `length` bytes in which no stretch looks like another. */
export function pattern(length: number, seed = 1): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(length);
	let state = seed;
	for (let i = 0; i < length; i++) {
		state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
		bytes[i] = state >>> 16;
	}
	return bytes;
}

function short(text: string | undefined): string {
	return text !== undefined && text.length > 300 ? `${text.slice(0, 300)}…` : `${text}`;
}
