import { isWalError, seededRandom, type WalError } from "@memwal/wal-runtime";
import { ManualClock } from "@memwal/wal-runtime/testing";
import { type CreateOnceOptions, type CreateOnceResult, createOnce } from "../src/create-once.ts";
import type { Body } from "../src/object-store.ts";
import { type Fate, type Operation, ScriptedStore, type ScriptedStoreOptions } from "./scripted-store.ts";

export const KEY = "log/wal/1";
export const OURS: Uint8Array<ArrayBuffer> = new Uint8Array([1, 2, 3]);
export const THEIRS: Uint8Array<ArrayBuffer> = new Uint8Array([4, 5]);
export const DEADLINE_MS = 10_000;

/** Somebody who creates one object, on a clock that stands still, in a store that does as it is told. */
export class Creator {
	readonly clock: ManualClock = new ManualClock();
	readonly store: ScriptedStore;

	constructor(options?: ScriptedStoreOptions) {
		this.store = new ScriptedStore(options);
	}

	/** Begins the call; time stands still. */
	start(options: Partial<CreateOnceOptions> = {}, body: Body = OURS, key = KEY): Promise<CreateOnceResult> {
		const { clock, store } = this;
		return createOnce(store, key, body, { clock, random: seededRandom(1), deadlineMs: DEADLINE_MS, ...options });
	}

	/** Lets time run until the call has ended, and gives its result or its error. */
	outcome(call: Promise<CreateOnceResult>): Promise<CreateOnceResult | WalError> {
		return this.clock.run(
			call.catch((error: unknown) => {
				if (isWalError(error)) return error;
				throw error;
			}),
		);
	}

	run(options?: Partial<CreateOnceOptions>, body?: Body, key?: string): Promise<CreateOnceResult | WalError> {
		return this.outcome(this.start(options, body, key));
	}

	/** Lets every request of one kind, after what is scripted, meet the same fate. */
	always(operation: Operation, fate: Fate): void {
		const earlier = this.store.decide;
		this.store.decide = (request) => (request.operation === operation ? fate : earlier?.(request));
	}

	async stored(): Promise<Uint8Array | undefined> {
		return (await this.store.inner.get(KEY))?.bytes;
	}
}
