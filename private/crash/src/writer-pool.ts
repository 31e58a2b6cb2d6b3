import { WriterProcess } from "./writer-process.ts";

/** Enough for any round. */
const SPARES = 2;

/** Starts writer processes, a few ahead, and sees to it that none outlives the run. */
export class WriterPool {
	readonly #spares: WriterProcess[] = [];
	readonly #all = new Set<WriterProcess>();
	readonly #url: string;
	#started = 0;

	/** @param url The store that the writers will be told to write to. */
	constructor(url: string) {
		this.#url = url;
	}

	/** A loaded process that has done nothing yet; its producer number is its own. */
	async take(): Promise<WriterProcess> {
		const writer = this.#spares.shift() ?? this.#start();
		await writer.until("ready");
		return writer;
	}

	/** Starts processes for the next round, while there is something else to wait for. */
	prepare(): void {
		while (this.#spares.length < SPARES) this.#spares.push(this.#start());
	}

	/** Kills every process that is left. */
	killAll(): void {
		for (const writer of this.#all) writer.killNow();
	}

	#start(): WriterProcess {
		const writer = new WriterProcess(this.#started++, this.#url);
		this.#all.add(writer);
		return writer;
	}
}
