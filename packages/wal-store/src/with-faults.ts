import { type Clock, throwIfAborted, WalError } from "@memwal/wal-runtime";
import { BackgroundWork } from "./background-work.ts";
import { bodyLength, copyBody } from "./body.ts";
import { canStrike, type Fault, type FaultPlan, type WriteFaultName } from "./faults.ts";
import { intercept, type StoreRequest } from "./intercept.ts";
import type { ObjectStore, StoredObject } from "./object-store.ts";

export interface WithFaultsOptions {
	/** Times the ghosts. */
	readonly clock: Clock;
	/** What goes wrong: written by hand, or by {@link randomFaults}. */
	readonly plan: FaultPlan;
}

export interface FaultyStore extends ObjectStore {
	/** How many writes were given up by their callers and have not happened yet. */
	readonly pendingGhosts: number;
	/** Resolves when no ghost is pending, those that came meanwhile included. */
	ghostsLanded(): Promise<void>;
}

/**
 * The same store over a network that fails as `plan` says, and with no other outcome than a real one would report.
 *
 * @throws RangeError from the request for which the plan names a fault that cannot happen to it.
 */
export function withFaults(store: ObjectStore, { clock, plan }: WithFaultsOptions): FaultyStore {
	let requests = 0;
	let pendingGhosts = 0;
	const ghosts = new BackgroundWork();

	const strike = (request: StoreRequest): Fault | undefined => {
		const fault = plan({ ...request, ordinal: requests++ });
		if (!fault || canStrike(fault.name, request.operation)) return fault;
		throw new RangeError(`the fault ${fault.name} cannot happen to a ${request.operation}`);
	};

	const haunt = async (delayMs: number, land: () => Promise<unknown>): Promise<void> => {
		pendingGhosts++;
		try {
			await clock.sleep(delayMs);
			await land();
		} finally {
			pendingGhosts--;
		}
	};

	/** `send` writes now, for the caller; `prepareGhost` takes all that it needs now, and what it returns writes later. */
	const write = async <T>(
		request: StoreRequest,
		send: () => Promise<T>,
		prepareGhost: () => () => Promise<unknown>,
	): Promise<T> => {
		throwIfAborted(request.signal, "not-written");
		const fault = strike(request);
		if (!fault) return send();
		if (fault.name === "ghost-write") ghosts.add(haunt(fault.delayMs, prepareGhost()));
		if (fault.name === "reply-lost" || fault.name === "server-error-after") await send();
		throw writeFailure(fault.name as WriteFaultName, request);
	};

	const reads = intercept(store, {
		async call(request, run) {
			throwIfAborted(request.signal);
			const fault = strike(request);
			if (fault?.name === "read-failed") throw readFailure(request);
			const answer = await run();
			return fault?.name === "short-read" ? cutShort(answer) : answer;
		},
		async *list(request, objects) {
			throwIfAborted(request.signal);
			if (strike(request)) throw readFailure(request);
			yield* objects;
		},
	});

	return {
		...reads,
		async putIfAbsent(key, body, options = {}) {
			return write(
				{ operation: "putIfAbsent", key, bytes: bodyLength(body), signal: options.signal },
				() => store.putIfAbsent(key, body, options),
				() => {
					const copy = copyBody(body);
					return () => store.putIfAbsent(key, copy, { crc32: options.crc32 });
				},
			);
		},
		async put(key, body, options = {}) {
			return write(
				{ operation: "put", key, bytes: bodyLength(body), signal: options.signal },
				() => store.put(key, body, options),
				() => {
					const copy = copyBody(body);
					return () => store.put(key, copy, { crc32: options.crc32 });
				},
			);
		},
		async delete(key, options = {}) {
			return write(
				{ operation: "delete", key, bytes: 0, signal: options.signal },
				() => store.delete(key, options),
				() => () => store.delete(key),
			);
		},
		get pendingGhosts() {
			return pendingGhosts;
		},
		ghostsLanded: () => ghosts.settled(),
	};
}

function writeFailure(name: WriteFaultName, { operation, key }: StoreRequest): WalError {
	const failed = `${operation} of ${key}`;
	switch (name) {
		case "request-lost":
		case "ghost-write":
			return new WalError("WAL_TIMEOUT", `no answer to the ${failed} in time`, {
				outcome: "unknown",
				details: { key },
			});
		case "reply-lost":
			return unavailable(`the connection was reset during the ${failed}`, "ECONNRESET");
		case "conflict-409":
			return unavailable(`the store answered 409 to the ${failed}`, "409");
		case "server-error-before":
		case "server-error-after":
			return unavailable(`the store answered 503 to the ${failed}`, "503");
	}

	function unavailable(message: string, reason: string): WalError {
		return new WalError("WAL_UNAVAILABLE", message, { outcome: "unknown", details: { key, reason } });
	}
}

function readFailure({ operation, key }: StoreRequest): WalError {
	return new WalError("WAL_UNAVAILABLE", `the store answered 503 to the ${operation} of ${key}; try again`, {
		details: { key, reason: "503" },
	});
}

/** Half of the bytes of what a `get` answered. */
function cutShort<T>(answer: T): T {
	const object = answer as StoredObject | undefined;
	return object ? ({ ...object, bytes: object.bytes.slice(0, object.bytes.length >> 1) } as T) : answer;
}
