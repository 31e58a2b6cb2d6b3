/**
 * The results of requests that were made at the same time. When one fails, its error comes after the others have ended
 * too: whoever is told of a failure may close the store, and finds nothing under way.
 */
export async function together<T>(requests: readonly Promise<T>[]): Promise<T[]> {
	await Promise.allSettled(requests);
	return Promise.all(requests);
}
