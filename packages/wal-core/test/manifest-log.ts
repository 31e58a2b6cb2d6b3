import { type Random, seededRandom } from "@memwal/wal-runtime";
import type { ManualClock } from "@memwal/wal-runtime/testing";
import type { ObjectStore } from "@memwal/wal-store";
import { ScriptedStore, type ScriptedStoreOptions } from "../../wal-store/test/scripted-store.ts";
import type { CoreEvent } from "../src/core-events.ts";
import { firstManifest, type ShardManifest } from "../src/shard-manifest.ts";
import { ShardManifestStore } from "../src/shard-manifest-store.ts";
import { successorOf } from "../src/successor.ts";
import { newClock, newStore } from "./test-store.ts";

export const SHARD = "550e8400-e29b-41d4-a716-446655440000";

/** One process at work on the shard: its own way to the store, its own manifest store. */
export interface Peer {
	readonly store: ScriptedStore;
	readonly manifests: ShardManifestStore;
	readonly events: CoreEvent[];
}

/** The manifests of one shard in a store of its own, on a clock that stands still, and the peers that share them. */
export class ManifestLog {
	readonly clock: ManualClock = newClock();
	readonly random: Random = seededRandom(7);
	readonly store: ObjectStore = newStore(this.clock);

	peer(shard: string = SHARD, options: Omit<ScriptedStoreOptions, "inner"> = {}, random = this.random): Peer {
		const store = new ScriptedStore({ inner: this.store, ...options });
		const events: CoreEvent[] = [];
		const { clock } = this;
		const observer = (event: CoreEvent) => void events.push(event);
		return { store, events, manifests: new ShardManifestStore({ store, shard, clock, random, observer }) };
	}

	run<T>(call: Promise<T>): Promise<T> {
		return this.clock.run(call);
	}

	/** The error of a call that must fail. */
	async failure(call: Promise<unknown>): Promise<unknown> {
		return this.run(
			call.then(
				() => {
					throw new Error("the call resolved");
				},
				(error: unknown) => error,
			),
		);
	}

	/** What everybody sees who reads now. */
	async stored(): Promise<ShardManifest | undefined> {
		return this.peer().manifests.readLatest();
	}

	/** All versions, oldest first. */
	async history(): Promise<ShardManifest[]> {
		const { manifests } = this.peer();
		const versions = await manifests.listVersions();
		const read = await Promise.all(versions.map((version) => manifests.readVersion(version)));
		return read.filter((manifest) => manifest !== undefined);
	}
}

export function first(changes: Partial<ShardManifest> = {}): ShardManifest {
	return { ...firstManifest({ shardId: SHARD }), ...changes };
}

export function lastSeen(position: bigint): (current: ShardManifest) => ShardManifest | undefined {
	return (current) =>
		current.lastSeenEntryPosition >= position ? undefined : successorOf(current, { lastSeenEntryPosition: position });
}

/** A change that may be made only once: it does not say where to end, but how far to go. */
export const nextGeneration = (current: ShardManifest): ShardManifest =>
	successorOf(current, { currentGeneration: current.currentGeneration + 1n });
