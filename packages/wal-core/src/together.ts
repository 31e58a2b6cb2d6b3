/** A request that ends with its signal. */
export type Request<T> = (signal: AbortSignal | undefined) => Promise<T>;

/**
 * The results of requests that are made at the same time. When one fails, its error comes after the others have ended
 * too: whoever is told of a failure may close the store, and finds nothing under way.
 *
 * Each has a signal of its own, since many listeners on the caller's make Node warn of a leak.
 */
export async function together<T>(requests: readonly Request<T>[], signal: AbortSignal | undefined): Promise<T[]> {
	const controllers = signal && requests.map(() => new AbortController());
	const onAbort = () => {
		for (const controller of controllers ?? []) controller.abort(signal?.reason);
	};
	if (signal?.aborted) onAbort();
	signal?.addEventListener("abort", onAbort, { once: true });
	try {
		const answers = requests.map((request, i) => request(controllers?.[i]?.signal));
		await Promise.allSettled(answers);
		return await Promise.all(answers);
	} finally {
		signal?.removeEventListener("abort", onAbort);
	}
}
