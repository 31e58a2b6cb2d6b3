/** Why a request was stopped before its answer was there. */
export type StopReason = "aborted" | "timeout";

/** A request that got no answer, and how far it had come. */
export class RequestFailure extends Error {
	/** The system's or the runtime's code, such as ECONNRESET, where there is one. */
	readonly code: string | undefined;
	readonly stopped: StopReason | undefined;

	constructor(
		message: string,
		{ code, stopped, cause }: { code?: string | undefined; stopped?: StopReason | undefined; cause?: unknown } = {},
	) {
		super(message, cause === undefined ? undefined : { cause });
		this.code = code;
		this.stopped = stopped;
	}

	override get name(): string {
		return "RequestFailure";
	}
}

/**
 * One request on its way through the SDK: what it sends, what it was answered, and whether the server may have got any
 * of it. The SDK knows nothing of these and hands the object on as it is.
 */
export class Exchange {
	/** What is sent as the body; nothing for anything but a PUT. */
	readonly pieces: readonly Uint8Array[];
	/** Whether a good answer's body is an object's bytes. */
	readonly wantsBytes: boolean;
	/** Whether the server may have got any of the request: there was a connection to send it through. */
	reached = false;
	/** The bytes of the answer, in a buffer of their own, where they were wanted. */
	bytes: Uint8Array<ArrayBuffer> = new Uint8Array();
	#failure: RequestFailure | undefined;
	#stop: (failure: RequestFailure) => void = () => undefined;

	constructor({
		pieces = [],
		wantsBytes = false,
	}: {
		readonly pieces?: readonly Uint8Array[] | undefined;
		readonly wantsBytes?: boolean | undefined;
	} = {}) {
		this.pieces = pieces;
		this.wantsBytes = wantsBytes;
	}

	/**
	 * Waits for what `send` gives, or until the exchange is stopped before its request began: while the SDK looks for
	 * credentials, for instance.
	 */
	answered<T>(send: () => Promise<T>): Promise<T> {
		return new Promise((resolve, reject) => {
			this.#stop = reject;
			send().then(resolve, reject);
		});
	}

	/**
	 * The request begins; `stop` ends it, and whoever waits for its answer is told by it.
	 *
	 * @throws RequestFailure if it was stopped already.
	 */
	begin(stop: (failure: RequestFailure) => void): void {
		if (this.#failure) throw this.#failure;
		this.#stop = stop;
	}

	/** Ends the request, or sees to it that it never begins. */
	stop(reason: StopReason): void {
		this.#failure ??= new RequestFailure(
			reason === "aborted" ? "the request was aborted" : "the request took too long",
			{ stopped: reason },
		);
		this.#stop(this.#failure);
	}
}
