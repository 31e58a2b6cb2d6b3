import { abortedError, WalError, type WriteOutcome } from "@memwal/wal-runtime";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { copyBody } from "../src/body.ts";
import type { Body, ObjectStore, PutOptions } from "../src/object-store.ts";

export type Operation = "get" | "head" | "putIfAbsent" | "put" | "list" | "delete" | "sync";

/** A request on its way, as a fate sees it. */
export interface ScriptedRequest<T = unknown> {
	readonly operation: Operation;
	/** The key, or the prefix of a `list` or `sync`. */
	readonly key: string;
	readonly signal: AbortSignal | undefined;
	/** Does what was asked for, now, and answers. */
	proceed(): Promise<T>;
}

/** What becomes of one request. */
export type Fate = <T>(request: ScriptedRequest<T>) => Promise<T>;

/** All is well. */
export const answered: Fate = (request) => request.proceed();

/** The request is lost, and nobody can know: nothing happened. */
export const lost: Fate = async ({ operation }) => {
	throw unavailable("the request was lost", writes(operation) ? "unknown" : undefined);
};

/** The request is done, and its reply is lost. */
export const replyLost: Fate = async ({ operation, proceed }) => {
	await proceed();
	throw unavailable("the reply was lost", writes(operation) ? "unknown" : undefined);
};

/** Nothing happened, for certain, and it can pass. */
export const refused: Fate = async ({ operation }) => {
	throw unavailable("connection refused", writes(operation) ? "not-written" : undefined);
};

/** Nothing happened, for certain, and it will not pass. */
export const denied: Fate = async ({ operation }) => {
	throw new WalError("WAL_DENIED", "no permission", {
		details: { reason: "permission" },
		...(writes(operation) ? { outcome: "not-written" } : {}),
	});
};

/** Nothing happened: there is no space. */
export const full: Fate = async () => {
	throw new WalError("WAL_DENIED", "no space", { details: { reason: "no-space" }, outcome: "not-written" });
};

export function failing(error: unknown): Fate {
	return async () => {
		throw error;
	};
}

/** No answer ever comes; a driver lets go when it is told to. */
export const silent: Fate = ({ operation, signal }) =>
	new Promise((_, reject) => {
		const letGo = () => reject(abortedError(signal, writes(operation) ? "unknown" : undefined));
		if (signal?.aborted) letGo();
		signal?.addEventListener("abort", letGo, { once: true });
	});

/** Holds requests back until it is opened. */
export class Gate {
	#waiting: (() => void)[] = [];
	#open = false;

	get waiting(): number {
		return this.#waiting.length;
	}

	readonly fate: Fate = async (request) => {
		if (!this.#open) await new Promise<void>((resolve) => this.#waiting.push(resolve));
		return request.proceed();
	};

	open(): void {
		this.#open = true;
		for (const go of this.#waiting.splice(0)) go();
	}
}

/** Requests that are given up as lost, and arrive when the test says so. */
export class Ghosts {
	#late: (() => Promise<unknown>)[] = [];

	readonly fate: Fate = async (request) => {
		this.#late.push(() => request.proceed());
		return lost(request);
	};

	get count(): number {
		return this.#late.length;
	}

	/** Lets the ghost that waits longest arrive, and tells how the store answered it. */
	async land(): Promise<unknown> {
		const ghost = this.#late.shift();
		if (!ghost) throw new Error("no ghost is under way");
		return ghost();
	}
}

export interface ScriptedStoreOptions {
	/** Where what is done is done. Default: an empty store in memory. */
	readonly inner?: ObjectStore;
	/** Decides what no script decides; `undefined` is `answered`. */
	readonly decide?: (request: ScriptedRequest) => Fate | undefined;
	/** Whether the store has `sync`. Default: it has not. */
	readonly canSync?: boolean;
}

/** A store that does to each request what the test says, and remembers what it was asked for. */
export class ScriptedStore implements ObjectStore {
	readonly inner: ObjectStore;
	/** Every request so far, in order, as `operation key`. */
	readonly requests: string[] = [];
	readonly sync?: (prefix: string, options?: { readonly signal?: AbortSignal | undefined }) => Promise<void>;
	decide: ((request: ScriptedRequest) => Fate | undefined) | undefined;
	readonly #scripts = new Map<Operation, Fate[]>();

	constructor({ inner = openMemoryStore(), decide, canSync = false }: ScriptedStoreOptions = {}) {
		this.inner = inner;
		this.decide = decide;
		if (canSync) {
			this.sync = (prefix, options) => this.#meet("sync", prefix, options?.signal, async () => undefined);
		}
	}

	/** The fates of the next requests of one kind, in their order. */
	script(operation: Operation, ...fates: Fate[]): this {
		this.#scripts.set(operation, [...(this.#scripts.get(operation) ?? []), ...fates]);
		return this;
	}

	/** How many requests of this kind there were, of those whose key contains `part`. */
	count(operation: Operation, part = ""): number {
		return this.requests.filter((request) => request.startsWith(`${operation} `) && request.includes(part)).length;
	}

	/** The kinds of all requests so far, in order. */
	get operations(): string[] {
		return this.requests.map((request) => request.slice(0, request.indexOf(" ")));
	}

	get: ObjectStore["get"] = (key, options) =>
		this.#meet("get", key, options?.signal, () => this.inner.get(key, options));

	head: ObjectStore["head"] = (key, options) =>
		this.#meet("head", key, options?.signal, () => this.inner.head(key, options));

	putIfAbsent(key: string, body: Body, options?: PutOptions): Promise<"created" | "exists"> {
		// As on a wire: a ghost carries the bytes that were sent, whatever becomes of the caller's.
		const sent = copyBody(body);
		return this.#meet("putIfAbsent", key, options?.signal, () => this.inner.putIfAbsent(key, sent));
	}

	put(key: string, body: Body, options?: PutOptions): Promise<void> {
		const sent = copyBody(body);
		return this.#meet("put", key, options?.signal, () => this.inner.put(key, sent));
	}

	async *list(...[prefix, options]: Parameters<ObjectStore["list"]>): ReturnType<ObjectStore["list"]> {
		yield* await this.#meet("list", prefix, options?.signal, async () => this.inner.list(prefix, options));
	}

	delete: ObjectStore["delete"] = (key, options) =>
		this.#meet("delete", key, options?.signal, () => this.inner.delete(key));

	#meet<T>(operation: Operation, key: string, signal: AbortSignal | undefined, proceed: () => Promise<T>): Promise<T> {
		this.requests.push(`${operation} ${key}`);
		const request = { operation, key, signal, proceed };
		const fate = this.#scripts.get(operation)?.shift() ?? this.decide?.(request) ?? answered;
		return fate(request);
	}
}

function writes(operation: Operation): boolean {
	return operation === "putIfAbsent" || operation === "put" || operation === "delete";
}

function unavailable(message: string, outcome: WriteOutcome | undefined): WalError {
	return new WalError("WAL_UNAVAILABLE", message, outcome === undefined ? {} : { outcome });
}
