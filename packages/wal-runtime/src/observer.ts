/** Anything that can be observed has a `type` to tell it by. */
export interface WalEvent {
	readonly type: string;
}

/**
 * Hears what happens, event by event, synchronously.
 *
 * It costs nothing where nobody listens: an absent observer is called as `observer?.({ … })`, which builds no event.
 */
export type Observer<Event extends WalEvent> = (event: Event) => void;

/**
 * An observer that cannot disturb what it observes: what it throws surfaces as an uncaught exception, as it does for
 * an `EventTarget`, and the log goes on.
 */
export function isolated<Event extends WalEvent>(observer: Observer<Event> | undefined): Observer<Event> | undefined {
	if (!observer) return undefined;
	return (event) => {
		try {
			observer(event);
		} catch (error) {
			queueMicrotask(() => {
				throw error;
			});
		}
	};
}
