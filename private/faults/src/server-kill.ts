import { ShardWriter } from "@memwal/wal-core";
import { type Random, realClock } from "@memwal/wal-runtime";
import { withPrefix } from "@memwal/wal-store";
import { openS3Store } from "@memwal/wal-store/s3";
import { readLog } from "./log-seen.ts";
import { makeBatch, ROW_SCHEMA, type RowGroup } from "./producer-rows.ts";
import type { KnownGroup } from "./round-ledger.ts";
import type { S3Place, S3Server } from "./s3-server.ts";
import { judgeLog, type Verdict } from "./verdict.ts";
import { WireProxy } from "./wire-proxy.ts";

export interface ServerKillOptions {
	readonly number: number;
	readonly random: Random;
	readonly server: Pick<S3Server, "restartAfterKill"> & { readonly place: S3Place };
	/** Where the server is now. */
	readonly endpoint: string;
}

/** The server was killed, and runs again. */
export interface ServerKilled extends Verdict {
	/** Where it is now. */
	readonly endpoint: string;
	readonly acked: number;
	/** Requests that it did not answer. */
	readonly unanswered: number;
}

const SHARD = "server-kill";
const CLIENTS = 4;

/** Kills the server in the middle of PUTs and starts it again; one writer with some clients must ride it out. */
export async function killServer({ number, random, server, endpoint }: ServerKillOptions): Promise<ServerKilled> {
	const prefix = `server-kill-${number}-${Math.floor(random.float() * 2 ** 32)}`;
	const proxy = await WireProxy.start({ upstream: endpoint });
	const open = async (at: string) => withPrefix(await openS3Store({ ...server.place, endpoint: at }), prefix);
	const store = await open(proxy.endpoint);
	try {
		const writer = await ShardWriter.open({ store, shard: SHARD, schema: ROW_SCHEMA });
		const groups: RowGroup[] = [];
		const known: KnownGroup[] = [];
		const flaws: string[] = [];
		let over = false;
		const client = async (producer: number): Promise<void> => {
			for (let firstSequence = 0; !over; firstSequence++) {
				const group = { producer, firstSequence, rows: 1, repeats: 1 + Math.floor(random.float() * 5_000) };
				groups.push(group);
				const { entryPosition } = await writer.put([makeBatch(group)]);
				known.push({ ...group, entryPosition });
			}
		};
		const clients = Promise.allSettled(Array.from({ length: CLIENTS }, (_, producer) => client(producer)));
		await realClock.sleep(20 + random.float() * 150);
		const again = await server.restartAfterKill(random.float() * 800);
		proxy.upstream = again;
		await realClock.sleep(100);
		over = true;
		for (const result of await clients) if (result.status === "rejected") flaws.push(`a put failed: ${result.reason}`);
		await writer.close().catch((error: unknown) => flaws.push(`the writer did not end well: ${error}`));
		const fresh = await open(again);
		const log = await readLog(fresh, SHARD);
		await fresh.close?.();
		const { counts, violations } = judgeLog({ groups, known, followed: log.entries }, log);
		const told = [...flaws, ...violations].map((text) => `kill ${number} of the server: ${text}`);
		return { endpoint: again, acked: known.length, unanswered: proxy.unanswered, counts, violations: told };
	} finally {
		await store.close?.();
		await proxy.close();
	}
}
