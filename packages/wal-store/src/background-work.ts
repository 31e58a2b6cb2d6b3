/** Work that nobody waits for when it begins, and whose failure harms nobody; `settled` waits for all of it. */
export class BackgroundWork {
	readonly #running = new Set<Promise<void>>();

	add(work: Promise<unknown>): void {
		const done = () => {
			this.#running.delete(running);
		};
		const running: Promise<void> = work.then(done, done);
		this.#running.add(running);
	}

	/** Resolves when nothing is running, work that was added meanwhile included. */
	async settled(): Promise<void> {
		while (this.#running.size > 0) await Promise.all(this.#running);
	}
}
