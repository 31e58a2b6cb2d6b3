import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadCodec } from "@memwal/wal-ipc-wasm";
import { neutralEntry } from "@memwal-private/arrow-samples";
import { describe, expect, it } from "vitest";

const folder = fileURLToPath(new URL("../samples/", import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith(".arrow"));
const codec = await loadCodec();

const decode = (name: string) => codec.decode(Uint8Array.from(readFileSync(`${folder}${name}`)), { validate: "full" });

describe("the streams that pyarrow wrote", () => {
	it.each(names.filter((name) => !name.startsWith("unknown-")))("%s can be read", (name) => {
		const { schema, batches, rows } = decode(name);
		expect(schema.fields.length > 0).toBe(name !== "no-columns.arrow");
		expect(rows % 12).toBe(0);
		expect(() => neutralEntry(schema, batches)).not.toThrow();
	});

	it.each(names.filter((name) => name.startsWith("unknown-")))("%s is refused by name of its type", (name) => {
		expect(() => decode(name)).toThrow(expect.objectContaining({ code: "WAL_UNSUPPORTED" }));
	});

	it.each(["flat", "text", "nested", "dictionary"])("%s is the same whatever it is compressed with", (name) => {
		const values = ["", "-lz4", "-zstd"].map((suffix) => {
			const { schema, batches } = decode(`${name}${suffix}.arrow`);
			return neutralEntry(schema, batches);
		});
		expect(values[1]).toEqual(values[0]);
		expect(values[2]).toEqual(values[0]);
	});
});
