import { realClock, seededRandom } from "@memwal/wal-runtime";
import {
	type ObjectStore,
	randomFaults,
	withConcurrencyLimit,
	withFaults,
	withLatency,
	withObserver,
	withPrefix,
} from "@memwal/wal-store";
import { openFsStore } from "@memwal/wal-store/fs";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { type StoreCapabilities, storeConformance } from "@memwal/wal-store/testing";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const inMemory: StoreCapabilities = { nestedKeys: true, sharedObjects: false, keyBytes: 1024 };
const inFolder: StoreCapabilities = { nestedKeys: false, sharedObjects: true, keyBytes: 1024 };
const prefix = "some/folder";
const afterPrefix = { keyBytes: 1024 - `${prefix}/`.length };

const decorators: Record<string, (store: ObjectStore) => ObjectStore> = {
	withObserver: (store) => withObserver(store, { clock: realClock, observer: () => undefined }),
	withLatency: (store) => withLatency(store, { clock: realClock, latencyMs: 0 }),
	withConcurrencyLimit: (store) => withConcurrencyLimit(store, 16),
	"withFaults, of which none strikes": (store) =>
		withFaults(store, { clock: realClock, plan: randomFaults(seededRandom(1), {}) }),
};

function conforms(title: string, capabilities: StoreCapabilities, prepare: () => () => Promise<ObjectStore>): void {
	describe(title, () => {
		let open: () => Promise<ObjectStore>;
		for (const { name, run } of storeConformance({ capabilities, open: () => open() })) {
			it(name, async () => {
				open = prepare();
				await expect(run()).resolves.toBeUndefined();
			});
		}
	});
}

function inFreshFolder(): () => Promise<ObjectStore> {
	const root = temporaryFolder();
	return () => openFsStore(root);
}

conforms("the memory store", inMemory, () => async () => openMemoryStore());
conforms("the file store", inFolder, inFreshFolder);

for (const [name, decorate] of Object.entries(decorators)) {
	conforms(`the memory store ${name}`, inMemory, () => async () => decorate(openMemoryStore()));
}

conforms("the memory store withPrefix", { ...inMemory, ...afterPrefix }, () => {
	return async () => withPrefix(openMemoryStore(), prefix);
});

conforms("the file store under all decorators", { ...inFolder, ...afterPrefix }, () => {
	const open = inFreshFolder();
	return async () =>
		Object.values(decorators).reduce((store, decorate) => decorate(store), withPrefix(await open(), prefix));
});
