import { type Clock, type Random, retryRead, WalError } from "@memwal/wal-runtime";
import { type CreateOnceResult, createOnce } from "../create-once.ts";
import { getWhole } from "../get-whole.ts";
import type { Body, ObjectStore, StoredObject } from "../object-store.ts";

/** One thing that a log needs of a store, and how it is found out. */
export interface Probe {
	readonly name: string;
	/** Resolves to what was seen. @throws Flaw where the store does not do it. */
	run(context: ProbeContext): Promise<string>;
}

export interface ProbeContext {
	/** The store, and other ways to the same objects. */
	readonly stores: readonly [ObjectStore, ...ObjectStore[]];
	/** A folder of this run's own, with a slash at its end. */
	readonly base: string;
	readonly clock: Clock;
	readonly random: Random;
	readonly signal: AbortSignal | undefined;
	readonly keys: number;
	readonly creators: number;
	readonly largeBytes: number;
}

/** What the store does and must not, or does not and must. */
export class Flaw extends Error {
	override get name(): string {
		return "Flaw";
	}
}

/** @throws Flaw unless `condition` holds. */
export function demand(condition: boolean, otherwise: string): void {
	if (!condition) throw new Flaw(otherwise);
}

/** How long one object may be in doubt, and how long a read is repeated, in milliseconds: as long as a log's writer waits. */
const PATIENCE_MS = 30_000;

/** Creates the object, or finds another one; what can pass is waited for. */
export function create(context: ProbeContext, key: string, body: Body, store?: ObjectStore): Promise<CreateOnceResult> {
	const { clock, random, signal } = context;
	return createOnce(store ?? context.stores[0], key, body, { clock, random, deadlineMs: PATIENCE_MS, signal });
}

/** Creates an object that nobody else creates. @throws Flaw where another one is there. */
export async function write(context: ProbeContext, key: string, body: Body): Promise<void> {
	const { result } = await create(context, key, body);
	demand(result === "written", `${key} was created once, and the store has another object there`);
}

/** The whole object; what can pass is waited for. */
export function read(context: ProbeContext, key: string, store?: ObjectStore): Promise<StoredObject | undefined> {
	return patiently(context, () => getWhole(store ?? context.stores[0], key, { signal: context.signal }));
}

/** Repeats a read while it fails in a way that can pass. */
export function patiently<T>({ clock, random, signal }: ProbeContext, attempt: () => Promise<T>): Promise<T> {
	const backoff = { baseMs: 20, maxMs: 2_000 };
	return retryRead(attempt, { clock, random, deadline: PATIENCE_MS, backoff, signal });
}

/** Bytes that say whose they are, from end to end. */
export function bodyOf(label: string, length: number): Uint8Array<ArrayBuffer> {
	const text = new TextEncoder().encode(`${label}\n`);
	const body = new Uint8Array(length);
	for (let at = 0; at < length; at += text.length) body.set(text.subarray(0, length - at), at);
	return body;
}

export function sameBytes(one: Uint8Array | undefined, other: Uint8Array): boolean {
	return one?.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** What cannot be judged because the store did not answer. */
export function undecided(message: string): WalError {
	return new WalError("WAL_UNAVAILABLE", `${message}; try again`);
}
