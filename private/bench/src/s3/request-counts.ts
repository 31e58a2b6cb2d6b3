import type { ObjectStore } from "@memwal/wal-store";
import { type RequestKind, WireProxy } from "@memwal-private/faults";
import type { S3Server } from "./s3-server.ts";

export type RequestCounts = Readonly<Record<RequestKind, number>>;

/** A store whose requests are counted on the wire, where nothing that an SDK does by itself is hidden. */
export interface CountedStore {
	readonly store: ObjectStore;
	/** The requests that came since the last call. */
	take(): RequestCounts;
	close(): Promise<void>;
}

export async function openCounted(server: S3Server, folder: string): Promise<CountedStore> {
	const proxy = await WireProxy.start({ upstream: server.endpoint });
	const store = await server.open(folder, proxy.endpoint);
	let before: RequestCounts = { ...proxy.requests };
	return {
		store,
		take() {
			const since = { ...proxy.requests };
			for (const kind of Object.keys(since) as RequestKind[]) since[kind] -= before[kind];
			before = { ...proxy.requests };
			return since;
		},
		async close() {
			await store.close?.();
			await proxy.close();
		},
	};
}

export function totalOf(counts: RequestCounts): number {
	return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
