import {
	type Clock,
	isolated,
	isWalError,
	type Observer,
	type WalErrorCode,
	type WalEvent,
	type WriteOutcome,
} from "@memwal/wal-runtime";
import { intercept, pullThrough, type StoreOperation, type StoreRequest } from "./intercept.ts";
import type { ObjectStore, StoredObject } from "./object-store.ts";

/** One request is over. */
export interface StoreRequestEvent extends WalEvent {
	readonly type: "store-request";
	readonly operation: StoreOperation;
	/** The key; of `list` and `sync` the prefix. */
	readonly key: string;
	/** How long the store took, in milliseconds; of a list, without what its reader did between two objects. */
	readonly durationMs: number;
	/** Bytes sent by a put or received by a get, else 0. */
	readonly bytes: number;
	/** Objects that a list gave, else 0. */
	readonly objects: number;
	readonly result: StoreRequestResult;
	/** The error's code, where `result` is `failed` and it has one. */
	readonly code?: WalErrorCode;
	/** How far a failed write got. */
	readonly outcome?: WriteOutcome;
}

/** `found` and `absent` answer `get` and `head`, `created` and `exists` answer `putIfAbsent`. */
export type StoreRequestResult = "found" | "absent" | "created" | "exists" | "done" | "failed";

export interface WithObserverOptions {
	readonly clock: Clock;
	/** Without one, the store is given back as it is. */
	readonly observer: Observer<StoreRequestEvent> | undefined;
}

/** The same store; `observer` hears of every request when it is over, and cannot disturb it. */
export function withObserver(store: ObjectStore, options: WithObserverOptions): ObjectStore {
	const { clock } = options;
	const observer = isolated(options.observer);
	if (!observer) return store;

	return intercept(store, {
		async call(request, run) {
			const startMs = clock.monotonicMs();
			const report = (end: End) => observer(eventOf(request, clock.monotonicMs() - startMs, end));
			try {
				const answer = await run();
				report(endOf(request, answer));
				return answer;
			} catch (error) {
				report(failureOf(error));
				throw error;
			}
		},
		async *list(request, list) {
			let durationMs = 0;
			let objects = 0;
			let end: End = { result: "done" };
			try {
				yield* pullThrough(list, async (next) => {
					const startMs = clock.monotonicMs();
					try {
						const step = await next();
						if (!step.done) objects++;
						return step;
					} finally {
						durationMs += clock.monotonicMs() - startMs;
					}
				});
			} catch (error) {
				end = failureOf(error);
				throw error;
			} finally {
				observer(eventOf(request, durationMs, { ...end, objects }));
			}
		},
	});
}

type End = Pick<StoreRequestEvent, "result" | "code" | "outcome"> & {
	readonly bytes?: number;
	readonly objects?: number;
};

function eventOf(request: StoreRequest, durationMs: number, end: End): StoreRequestEvent {
	const { operation, key, bytes } = request;
	return { type: "store-request", operation, key, durationMs, bytes, objects: 0, ...end };
}

/** What the answer to a request means: its type follows from the operation. */
function endOf({ operation }: StoreRequest, answer: unknown): End {
	switch (operation) {
		case "get": {
			const object = answer as StoredObject | undefined;
			return object ? { result: "found", bytes: object.bytes.length } : { result: "absent" };
		}
		case "head":
			return { result: answer ? "found" : "absent" };
		case "putIfAbsent":
			return { result: answer as "created" | "exists" };
		default:
			return { result: "done" };
	}
}

function failureOf(error: unknown): End {
	if (!isWalError(error)) return { result: "failed" };
	const { code, outcome } = error;
	return { result: "failed", code, ...(outcome === undefined ? {} : { outcome }) };
}
