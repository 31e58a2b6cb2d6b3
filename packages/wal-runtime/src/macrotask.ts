type SetImmediate = (callback: () => void) => unknown;

/** Resolves in the next macrotask: after every promise callback that is ready by then, however long their chain. */
export function nextMacrotask(): Promise<void> {
	const setImmediate = (globalThis as { setImmediate?: SetImmediate }).setImmediate;
	return new Promise((resolve) => {
		if (setImmediate) setImmediate(resolve);
		else setTimeout(resolve, 0);
	});
}
