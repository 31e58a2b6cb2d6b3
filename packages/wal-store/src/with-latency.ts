import { abortedError, type Clock } from "@memwal/wal-runtime";
import { intercept, isWrite, type StoreRequest } from "./intercept.ts";
import type { ObjectStore } from "./object-store.ts";

export interface WithLatencyOptions {
	readonly clock: Clock;
	/** Milliseconds before a request reaches the store: always the same, or as the function says. */
	readonly latencyMs: number | ((request: StoreRequest) => number);
	/** Objects that one page of a list holds; every page is late. 1,000 by default, as in S3. */
	readonly objectsPerPage?: number | undefined;
}

/** The same store, far away: every request is late by some milliseconds, and the signal can end that wait. */
export function withLatency(
	store: ObjectStore,
	{ clock, latencyMs, objectsPerPage = 1000 }: WithLatencyOptions,
): ObjectStore {
	const travel = async (request: StoreRequest): Promise<void> => {
		const { signal } = request;
		try {
			await clock.sleep(typeof latencyMs === "number" ? latencyMs : latencyMs(request), { signal });
		} catch (error) {
			// The request never arrived.
			throw signal?.aborted && isWrite(request) ? abortedError(signal, "not-written") : error;
		}
	};
	return intercept(store, {
		async call(request, run) {
			await travel(request);
			return run();
		},
		async *list(request, objects) {
			await travel(request);
			let onPage = 0;
			for await (const meta of objects) {
				if (onPage === objectsPerPage) {
					await travel(request);
					onPage = 0;
				}
				onPage++;
				yield meta;
			}
		},
	});
}
