import { type StoreCapabilities, storeConformance } from "@memwal/wal-store/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeS3 } from "./fake-s3.ts";

const capabilities: StoreCapabilities = { nestedKeys: true, sharedObjects: true, keyBytes: 1024 };

describe("the S3 store, on a server of these tests", () => {
	let server: FakeS3;
	beforeAll(async () => {
		server = await FakeS3.start();
	});
	afterAll(() => server.stop());

	for (const { name, run } of storeConformance({ capabilities, open: () => server.open() })) {
		it(name, async () => {
			await expect(run()).resolves.toBeUndefined();
		});
	}
});
