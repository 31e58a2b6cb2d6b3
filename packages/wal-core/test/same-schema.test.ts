import { Field, Int32, Schema, Utf8 } from "apache-arrow";
import { expect, it } from "vitest";
import { sameSchema } from "../src/field-difference.ts";
import { batchOf, TestLog } from "./test-log.ts";

const schemaOf = (metadata: [string, string][], fieldMetadata: [string, string][] = []): Schema =>
	new Schema(
		[new Field("id", new Int32(), false), new Field("name", new Utf8(), true, new Map(fieldMetadata))],
		new Map(metadata),
	);

it("schemas are the same by what they say, not by which objects say it", () => {
	expect(sameSchema(schemaOf([]), schemaOf([]))).toBe(true);
	expect(sameSchema(schemaOf([["a", "1"]]), schemaOf([["a", "1"]]))).toBe(true);
	expect(sameSchema(schemaOf([]), new Schema([new Field("id", new Int32(), false)]))).toBe(false);
	expect(sameSchema(schemaOf([]), schemaOf([], [["unit", "m"]]))).toBe(false);
});

it.each([
	[[], [["a", "1"]]],
	[[["a", "1"]], [["a", "2"]]],
	[[["", "1"]], []],
] as [[string, string][], [string, string][]][])("metadata %j is not %j", (a, b) => {
	expect(sameSchema(schemaOf(a), schemaOf(b))).toBe(false);
});

it("an entry has the metadata of its own batches, whatever the entry before had", async () => {
	const log = new TestLog();
	const appender = await log.appender();
	const { schema } = batchOf(1);
	const withMetadata = new Schema(schema.fields, new Map([["made", "by hand"]]));
	await log.clock.run(appender.append([batchOf(1)]));
	await log.clock.run(appender.append([batchOf(2)], { schema: withMetadata }));
	await log.clock.run(appender.append([batchOf(3)]));
	const tailer = await log.tailer();
	const read = async () => {
		const metadata: [string, string][][] = [];
		for await (const entry of tailer.entries()) metadata.push([...entry.schema.metadata]);
		return metadata;
	};
	expect(await log.clock.run(read())).toEqual([[], [["made", "by hand"]], []]);
	await log.clock.run(appender.close());
});
