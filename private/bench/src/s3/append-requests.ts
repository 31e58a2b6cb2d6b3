import { WalAppender } from "@memwal/wal-core";
import { type ResultRow, resultRow } from "../bench-result.ts";
import { smallBatch } from "../small-entry.ts";
import type { SuiteRun } from "../suite.ts";
import { openCounted, totalOf } from "./request-counts.ts";
import type { S3Server } from "./s3-server.ts";

/** Between two publications of how far the log has come, and long enough to have none of them by chance. */
const STEADY_APPENDS = 200;
/** So many that one of those is among them, since there is one each 1,024 entries. */
const MANY_APPENDS = 1_024;

/** Requests that one append takes, on the wire. */
export async function requestsAnAppend(server: S3Server, { quick }: SuiteRun): Promise<ResultRow[]> {
	const counted = await openCounted(server, "requests");
	const appender = await WalAppender.open({ store: counted.store, shard: "bench" });
	let appended = 0;
	const appendMany = async (count: number) => {
		for (let i = 0; i < count; i++) await appender.append([smallBatch(++appended)]);
		return counted.take();
	};
	await appendMany(1);
	const steady = await appendMany(STEADY_APPENDS);
	const row = (variant: string, requests: number, goal?: { readonly atMost: number }): ResultRow =>
		resultRow(
			{ name: "an append, steady state", variant, unit: "requests", samples: [requests / STEADY_APPENDS], rounds: 1 },
			{ goal },
		);
	const puts = steady["entry PUT"] + steady["manifest PUT"] + steady.other;
	if (puts < STEADY_APPENDS) throw new Error(`${STEADY_APPENDS} entries were appended with ${puts} requests`);
	const rows = [
		row("PUT", puts, { atMost: 1 }),
		row("GET", steady.GET, { atMost: 0 }),
		row("HEAD", steady.HEAD, { atMost: 0 }),
		row("LIST", steady.LIST, { atMost: 0 }),
	];
	if (!quick) {
		const all = totalOf(await appendMany(MANY_APPENDS));
		rows.push(
			resultRow({
				name: "an append, what the log does besides included",
				variant: "all requests",
				unit: "requests",
				samples: [all / MANY_APPENDS],
				rounds: 1,
			}),
		);
	}
	await appender.close();
	await counted.close();
	return rows;
}
