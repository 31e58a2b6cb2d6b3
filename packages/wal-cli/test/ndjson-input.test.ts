import { describe, expect, it } from "vitest";
import { ndjsonBatches } from "../src/ndjson-input.ts";
import { jsonRows } from "../src/row-json.ts";
import { inputOf } from "./input-of.ts";

const defaults = { batchRows: 100, maxEntryBytes: 1_000_000, inferLines: 100 };

async function read(text: string | readonly Uint8Array[], options: Partial<typeof defaults> = {}) {
	const batches = [];
	for await (const { batch } of ndjsonBatches(inputOf(text), { ...defaults, ...options })) batches.push(batch);
	const rows = batches.flatMap((batch) => Array.from({ length: batch.numRows }, (_, row) => jsonRows(batch)(row)));
	const types = Object.fromEntries((batches[0]?.schema.fields ?? []).map(({ name, type }) => [name, String(type)]));
	return { batches, rows, types };
}

describe("the schema of NDJSON", () => {
	it("has Int64 for whole numbers, Float64 for others, Utf8, Bool, List and Struct", async () => {
		const { types } = await read('{"i":1,"f":1.5,"s":"x","b":true,"l":[1,2],"o":{"p":null,"q":1e3}}');
		expect(types).toEqual({
			i: "Int64",
			f: "Float64",
			s: "Utf8",
			b: "Bool",
			l: "List<Int64>",
			o: "Struct<{p:Utf8, q:Float64}>",
		});
	});

	it("makes a column of whole and other numbers Float64, by how they are written", async () => {
		const { types, rows } = await read('{"a":1,"b":1.0}\n{"a":2.5,"b":2.0}');
		expect(types).toEqual({ a: "Float64", b: "Float64" });
		expect(rows).toEqual(['{"a":1.0,"b":1.0}', '{"a":2.5,"b":2.0}']);
	});

	it("unites the fields of all lines that are looked at; what is missing is null", async () => {
		const { rows } = await read('{"a":1}\n\n{"b":"x","o":{"p":1}}\r\n{"o":{"q":2}}');
		expect(rows).toEqual([
			'{"a":1,"b":null,"o":null}',
			'{"a":null,"b":"x","o":{"p":1,"q":null}}',
			'{"a":null,"b":null,"o":{"p":null,"q":2}}',
		]);
	});

	it("keeps integers that a double would round", async () => {
		const { rows } = await read('{"a":9007199254740993}\n{"a":-9223372036854775808}', { inferLines: 1 });
		expect(rows).toEqual(['{"a":9007199254740993}', '{"a":-9223372036854775808}']);
	});

	it("keeps a field named __proto__", async () => {
		const { rows } = await read('{"__proto__":1}');
		expect(rows).toEqual(['{"__proto__":1}']);
	});
});

describe("a line that does not fit", () => {
	const cases: readonly (readonly [name: string, text: string, message: string])[] = [
		[
			"another type among the first lines",
			'{"a":1}\n{"a":"x"}',
			'line 2: field "a" is a string here and an integer on an earlier line',
		],
		[
			"an object without fields",
			'{"a":{}}',
			'line 1: field "a" is an object without fields in every line that was looked at',
		],
		["no field at all", "{}\n{}", "lines 1 to 2 have no field at all"],
		["a JSON array", "[1]", "line 1 is not a JSON object: it is not a JSON object"],
		[
			"an integer beyond 64 bits",
			'{"a":9223372036854775808}',
			'line 1: field "a" is 9223372036854775808, which does not fit in 64 bits',
		],
	];
	it.each(cases)("is named: %s", async (_, text, message) => {
		await expect(read(text)).rejects.toMatchObject({ code: "WAL_INVALID", message });
	});

	const laterCases: readonly (readonly [name: string, text: string, message: string])[] = [
		[
			"a fraction for whole numbers",
			'{"a":1}\n{"a":1.5}',
			'line 2: field "a" is 1.5, but its column holds whole numbers (Int64)',
		],
		[
			"a string for numbers",
			'{"a":1.5}\n{"a":"x"}',
			'line 2: field "a" is "x", but its column holds numbers (Float64)',
		],
		[
			"an integer that Float64 rounds",
			'{"a":1.5}\n{"a":9007199254740993}',
			'line 2: field "a" is 9007199254740993, which Float64 cannot hold exactly',
		],
		["a number for strings", '{"a":"x"}\n{"a":1}', 'line 2: field "a" is 1, but its column holds Utf8'],
		["a new field", '{"a":1}\n{"a":1,"b":2}', 'line 2: field "b" is not in the schema'],
		["a new field of an object", '{"o":{"p":1}}\n{"o":{"q":1}}', 'line 2: field "o.q" is not in the schema'],
		[
			"a wrong item",
			'{"a":[1]}\n{"a":[1,"x"]}',
			'line 2: field "a[1]" is "x", but its column holds whole numbers (Int64)',
		],
	];
	it.each(laterCases)("is named, after the schema is known: %s", async (_, text, message) => {
		await expect(read(text, { inferLines: 1 })).rejects.toMatchObject({ code: "WAL_INVALID", message });
	});

	it("is named with its number where it is not JSON", async () => {
		await expect(read('{"a":1}\n{"a":', { inferLines: 1 })).rejects.toThrow(/^line 2 is not a JSON object: /);
		await expect(read('{"a":1}\n{"a":')).rejects.toThrow(/^line 2 is not a JSON object: /);
	});

	it("is named where it is not UTF-8", async () => {
		const bytes = Buffer.concat([Buffer.from('{"a":"x"}\n{"a":"'), Buffer.of(0xff), Buffer.from('"}')]);
		await expect(read([bytes])).rejects.toThrow("line 2 is not UTF-8 text");
	});
});

describe("rows of NDJSON", () => {
	it("are cut into batches by rows and by size", async () => {
		const text = Array.from({ length: 10 }, (_, index) => `{"a":${index}}`).join("\n");
		expect((await read(text, { batchRows: 4 })).batches.map(({ numRows }) => numRows)).toEqual([4, 4, 2]);
		expect((await read(text, { maxEntryBytes: 20 })).batches.map(({ numRows }) => numRows)).toEqual([3, 3, 3, 1]);
	});

	it("are the same however the bytes arrive", async () => {
		const bytes = Buffer.from('{"a":"größe"}\n{"a":"日本"}\n');
		const single = await read(Array.from(bytes, (byte) => Uint8Array.of(byte)));
		expect(single.rows).toEqual(['{"a":"größe"}', '{"a":"日本"}']);
	});
});
