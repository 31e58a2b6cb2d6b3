import type { Suite } from "./suite.ts";
import { crowd } from "./writer/crowd.ts";
import { indexedPut } from "./writer/indexed-put.ts";
import { oneClient } from "./writer/one-client.ts";
import { replay } from "./writer/replay.ts";

/** What a ShardWriter adds to the store below it, and what a crowd gains by sharing entries. */
export const writer: Suite = {
	name: "writer",
	title: "ShardWriter: one client, a crowd, an index beside the write, and opening a long log",
	async run(run) {
		return [...(await oneClient(run)), ...(await crowd(run)), ...(await indexedPut(run)), ...(await replay(run))];
	},
};
