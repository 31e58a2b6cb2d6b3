import { intercept, isWrite, pullThrough, type StoreRequest } from "./intercept.ts";
import type { ObjectStore } from "./object-store.ts";
import { Places } from "./places.ts";

/**
 * The same store with at most `limit` requests under way at any time; others wait in the order in which they came,
 * and their signal ends the wait. A list counts only while it is asked for its next object.
 *
 * @throws RangeError unless `limit` is a whole number from 1 on.
 */
export function withConcurrencyLimit(store: ObjectStore, limit: number): ObjectStore {
	if (!Number.isSafeInteger(limit) || limit < 1) {
		throw new RangeError(`a concurrency limit must be a whole number from 1 on, not ${limit}`);
	}
	const places = new Places(limit);
	const inPlace = <T>(request: StoreRequest, run: () => Promise<T>): Promise<T> =>
		places.hold(run, request.signal, isWrite(request) ? "not-written" : undefined);
	return intercept(store, {
		call: inPlace,
		list: (request, objects) => pullThrough(objects, (next) => inPlace(request, next)),
	});
}
