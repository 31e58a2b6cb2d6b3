import * as root from "@memwal/wal-store";
import * as fs from "@memwal/wal-store/fs";
import * as memory from "@memwal/wal-store/memory";
import * as s3 from "@memwal/wal-store/s3";
import * as testing from "@memwal/wal-store/testing";
import { expect, it } from "vitest";

it("each entry point exports these names and no others", () => {
	expect(Object.keys(root).sort()).toEqual([
		"DEFAULTS",
		"READ_FAULTS",
		"WRITE_FAULTS",
		"createOnce",
		"getWhole",
		"openStore",
		"qualify",
		"randomFaults",
		"withConcurrencyLimit",
		"withFaults",
		"withLatency",
		"withObserver",
		"withPrefix",
	]);
	expect(Object.keys(memory)).toEqual(["openMemoryStore"]);
	expect(Object.keys(fs).sort()).toEqual(["nodeFileCalls", "openFsStore"]);
	expect(Object.keys(s3).sort()).toEqual(["PROVIDERS", "S3_DEFAULTS", "openS3Store"]);
	expect(Object.keys(testing)).toEqual(["storeConformance"]);
});
