import { describe, expect, it } from "vitest";
import { locatedUrl } from "../src/store-options.ts";
import { withoutCredentials } from "../src/without-credentials.ts";

describe("options that say where a bucket is", () => {
	it("become part of the log's URL, and win over what it says", () => {
		expect(locatedUrl("s3://bucket/log", {})).toBe("s3://bucket/log");
		expect(locatedUrl("s3://bucket/log", { endpoint: "http://localhost:9000", region: "eu" })).toBe(
			"s3://bucket/log?endpoint=http://localhost:9000&region=eu",
		);
		expect(locatedUrl("s3://bucket/log?region=us&addressing=path", { region: "eu", profile: "a&b" })).toBe(
			"s3://bucket/log?region=eu&addressing=path&profile=a%26b",
		);
	});

	it("are a mistake for any other store", () => {
		expect(() => locatedUrl("file:./log", { region: "eu" })).toThrow("--region says where a bucket is");
	});
});

describe("what is printed", () => {
	it("holds no credentials that somebody put into a URL", () => {
		for (const [text, shown] of [
			["unknown command 's3://key:hunter2@bucket'", "unknown command 's3://…@bucket'"],
			["s3://b/p?endpoint=http://k:hunter2@h:1&region=eu", "s3://b/p?endpoint=http://…@h:1&region=eu"],
			["at s3://b?secretKey=hunter2&region=eu.", "at s3://b?secretKey=…&region=eu."],
			["s3://b/p?sessionToken=hunter2", "s3://b/p?sessionToken=…"],
			['{"log":"s3://b?password=hunter2"}', '{"log":"s3://b?password=…"}'],
			["file:./a@b?key, s3://bucket/a@b", "file:./a@b?key, s3://bucket/a@b"],
		] as const) {
			expect(withoutCredentials(text)).toBe(shown);
		}
	});
});
