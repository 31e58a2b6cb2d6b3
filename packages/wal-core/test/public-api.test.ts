import * as root from "@memwal/wal-core";
import * as appender from "@memwal/wal-core/appender";
import * as manifest from "@memwal/wal-core/manifest";
import * as tailer from "@memwal/wal-core/tailer";
import * as writer from "@memwal/wal-core/writer";
import { expect, it } from "vitest";

it("exports what it says, and nothing by accident", () => {
	expect(Object.keys(appender).sort()).toEqual(["WalAppender"]);
	expect(Object.keys(tailer).sort()).toEqual(["WalEntryData", "WalTailer"]);
	expect(Object.keys(writer).sort()).toEqual([
		"BatchDurableWatcher",
		"BatchStore",
		"ShardWriter",
		"WalFlusher",
		"WalOnlyState",
	]);
	expect(Object.keys(manifest).sort()).toEqual([
		"EpochClaim",
		"ShardManifestStore",
		"decodeManifest",
		"encodeManifest",
		"resolveShard",
		"shardName",
		"successorOf",
	]);
	expect(Object.keys(root).sort()).toEqual([
		"BatchDurableWatcher",
		"BatchStore",
		"DEFAULTS",
		"EpochClaim",
		"FIRST_ENTRY_POSITION",
		"MAX_ENTRY_POSITION",
		"MEM_WAL_PREFIX",
		"ShardManifestStore",
		"ShardWriter",
		"WalAppender",
		"WalEntryData",
		"WalFlusher",
		"WalOnlyState",
		"WalTailer",
		"decodeManifest",
		"encodeManifest",
		"entryKey",
		"manifestKey",
		"manifestPrefix",
		"openStore",
		"parseEntryFileName",
		"resolveShard",
		"shardName",
		"successorOf",
		"walPrefix",
	]);
});
