import { entryKey, walPrefix } from "@memwal/wal-core";
import { resolveShard } from "@memwal/wal-core/manifest";
import { expect, it } from "vitest";
import { chainKey } from "../src/chain-key.ts";

it.each([1n, 2n, 3n, 1_000_000n, 2n ** 64n - 1n])("file %s is named as the log's entry of that number", (number) => {
	const { shardId } = resolveShard("a");
	const name = entryKey(shardId, number).slice(walPrefix(shardId).length);
	expect(chainKey("sunk/", number)).toBe(`sunk/${name}`);
});
