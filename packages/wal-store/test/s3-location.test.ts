import { openStore } from "@memwal/wal-store";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { locateBucket } from "../src/s3-location.ts";
import { parseS3Url } from "../src/s3-url.ts";
import { FakeS3 } from "./fake-s3.ts";

describe("an s3: URL", () => {
	it("names a bucket, a folder in it and where they are", () => {
		expect(parseS3Url("//bucket")).toEqual({ bucket: "bucket", prefix: "" });
		expect(parseS3Url("//bucket/")).toEqual({ bucket: "bucket", prefix: "" });
		expect(parseS3Url("//bucket/some/50%25 folder/")).toEqual({ bucket: "bucket", prefix: "some/50%25 folder" });
		expect(parseS3Url("//bucket/p?endpoint=https://h:1&region=r&profile=p&addressing=virtual-host")).toEqual({
			bucket: "bucket",
			prefix: "p",
			endpoint: "https://h:1",
			region: "r",
			profile: "p",
			addressing: "virtual-host",
		});
	});

	it("is refused where it names no bucket, or says what it cannot", () => {
		for (const rest of ["", "//", "bucket", "///p", "//b/p?colour=red", "//b?addressing=both", "//b#x"]) {
			expect(() => parseS3Url(rest), rest).toThrow(expect.objectContaining({ code: "WAL_INVALID" }));
		}
	});

	it("holds no credentials, and what looks like them is not repeated", async () => {
		for (const url of [
			"s3://key:hunter2@bucket/prefix",
			"s3://bucket?secretAccessKey=hunter2",
			"s3://bucket?token=hunter2",
			"s3://bucket?endpoint=https://key:hunter2@host",
			"s3://bucket?endpoint=hunter2",
		]) {
			const error = (await openStore(url).catch((error: unknown) => error)) as Error;
			expect(error, url).toMatchObject({ code: "WAL_INVALID" });
			expect(JSON.stringify(error) + error.stack, url).not.toContain("hunter2");
		}
	});

	it("opens a store in its folder", async () => {
		const server = await FakeS3.forTest();
		process.env.AWS_ACCESS_KEY_ID ??= "access";
		process.env.AWS_SECRET_ACCESS_KEY ??= "secret";
		const store = await openStore(`s3://bucket/some/folder?endpoint=${server.endpoint}`);
		expect(await store.putIfAbsent("a", new Uint8Array([1]))).toBe("created");
		expect([...server.objects.keys()]).toEqual(["some/folder/a"]);
		await store.close?.();
	});
});

describe("where a bucket is", () => {
	const bucket = "bucket";

	it("is what the options say, then the environment, then what is usual there", () => {
		const own = locateBucket({ bucket, endpoint: "http://localhost:9000" }, {});
		expect(own).toMatchObject({ region: "us-east-1", addressing: "path" });
		expect(own.endpoint?.href).toBe("http://localhost:9000/");
		const environment = { AWS_ENDPOINT_URL: "http://other", AWS_ENDPOINT_URL_S3: "http://mine", AWS_REGION: "r" };
		expect(locateBucket({ bucket }, environment)).toMatchObject({ region: undefined, addressing: "path" });
		expect(locateBucket({ bucket }, environment).endpoint?.hostname).toBe("mine");
		expect(locateBucket({ bucket, region: "x" }, environment).region).toBe("x");
		const ignoring = { ...environment, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" };
		expect(locateBucket({ bucket }, ignoring).endpoint).toBeUndefined();
	});

	it("is AWS without an endpoint, where the name of the bucket is part of the host's and the region configured", () => {
		for (const endpoint of [
			undefined,
			"https://s3.eu-west-1.amazonaws.com",
			"https://s3.dualstack.eu-west-1.amazonaws.com",
		]) {
			expect(locateBucket({ bucket, endpoint }, {})).toMatchObject({ region: undefined, addressing: "virtual-host" });
		}
	});

	it("decides what is usual there", () => {
		const r2 = locateBucket({ bucket, endpoint: "https://abc.r2.cloudflarestorage.com" }, {});
		expect(r2).toMatchObject({ region: "auto", addressing: "path" });
	});

	it("is refused where two creators can win, or lists have no order", () => {
		for (const options of [
			{ bucket, endpoint: "https://storage.googleapis.com" },
			{ bucket, endpoint: "https://s3.us-west-004.backblazeb2.com" },
			{ bucket, endpoint: "https://oss-eu-central-1.aliyuncs.com" },
			{ bucket, endpoint: "https://cos.eu-frankfurt.myqcloud.com" },
			{ bucket: "mine--use1-az4--x-s3" },
		]) {
			expect(() => locateBucket(options, {})).toThrow(expect.objectContaining({ code: "WAL_STORE_UNSAFE" }));
		}
	});

	it("cannot be a bucket that no store would take", () => {
		for (const name of ["", "x", "a/b", "a b", "-a"]) {
			expect(() => locateBucket({ bucket: name }, {}), name).toThrow(expect.objectContaining({ code: "WAL_INVALID" }));
		}
	});
});

describe("the AWS SDK", () => {
	it("is asked for by name where it is not installed, and only when a bucket is opened", async () => {
		vi.doMock("@aws-sdk/client-s3", () => {
			throw new Error("Cannot find package '@aws-sdk/client-s3'");
		});
		onTestFinished(() => void vi.doUnmock("@aws-sdk/client-s3"));
		await expect(openStore("s3://bucket?region=eu")).rejects.toMatchObject({
			code: "WAL_UNSUPPORTED",
			message: expect.stringContaining("npm install @aws-sdk/client-s3"),
		});
		await expect(openStore("memory:")).resolves.toBeDefined();
	});
});
