import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { ENTRY_KEYS, loadCodec } from "@memwal/wal-ipc-wasm";
import type { RecordBatch } from "apache-arrow";
import { afterAll, describe, expect, test } from "vitest";
import { bitReversedName } from "../src/bit-reversal.ts";
import {
	ShardFieldEntrySchema,
	ShardManifestSchema,
	SsTableSchema,
	UUIDSchema,
} from "../src/gen/memwal/v1/shard_manifest_pb.ts";
import { resolveShard } from "../src/shard-id.ts";
import { decodeManifest, encodeManifest } from "../src/shard-manifest.ts";
import { encodeVersionHint } from "../src/version-hint.ts";
import { goldenFile, goldenPath } from "./golden.ts";
import { readEntry, readShard } from "./reader-of-the-document.ts";

const text = readFileSync(new URL("../../../docs/format.md", import.meta.url), "utf8");
const SHARD = "aa48498d-ac91-59e2-8452-69f46010ace2";
const WRITE_ID = Uint8Array.from({ length: 16 }, (_, at) => at);
const folder = mkdtempSync(join(tmpdir(), "memwal-format-"));

afterAll(() => rmSync(folder, { recursive: true }));

/** The content of the code block whose opening fence says this. */
function block(label: string): string {
	const [, content] = text.split(`\n\`\`\`${label}\n`);
	if (content === undefined) throw new Error(`docs/format.md has no block "${label}"`);
	return content.slice(0, content.indexOf("\n```"));
}

function bytesOf(label: string): Uint8Array<ArrayBuffer> {
	const hex = block(`hex ${label}`).replace(/#.*$/gm, "").replace(/\s/g, "");
	expect(hex).toMatch(/^([0-9a-f]{2})+$/);
	return Uint8Array.from(Buffer.from(hex, "hex"));
}

const idsOf = (batches: Iterable<RecordBatch>) => [...batches].flatMap((batch) => batch.toArray().map((row) => row.id));

test("names are those of the document", () => {
	const lines = block("text names").split("\n");
	expect(lines.length).toBeGreaterThan(5);
	for (const line of lines) {
		const [n = "", name] = line.split(/\s+/);
		expect(bitReversedName(BigInt(n))).toBe(name);
	}
});

test("named shards are those of the document", () => {
	const rows = [...text.matchAll(/^\| `([a-z0-9-]+)` \| `([0-9a-f-]{36})` \|$/gm)];
	expect(rows).toHaveLength(3);
	for (const [, name = "", shardId] of rows) expect(resolveShard(name).shardId).toBe(shardId);
});

describe("the entry of the document", () => {
	test("holds what the document says, and its trailer fits", async () => {
		const bytes = bytesOf("entry");
		const entry = (await loadCodec()).decode(bytes);
		expect(entry.header).toEqual({ writerEpoch: 1n, generation: undefined, fenceSentinel: false });
		expect(entry.writeId).toEqual(WRITE_ID);
		expect(entry.schema.fields.map(String)).toEqual(["id: Int32"]);
		expect(entry.schema.fields[0]?.nullable).toBe(false);
		expect(idsOf(entry.batches)).toEqual([7, 8]);
		const view = new DataView(bytes.buffer);
		expect(view.getBigUint64(536, true)).toBe(520n);
		expect(view.getUint32(544, true)).toBe(crc32(bytes.subarray(0, 544)));
		expect(view.getUint32(544, true)).toBe(0x3e1ecd1b);
		expect(view.getUint32(548, true)).toBe(1);
		expect(Buffer.from(bytes.subarray(552)).toString()).toBe("MEMWALT1");
	});

	test("and the sentinel are annotated with the right offsets", () => {
		for (const label of ["entry", "sentinel"]) {
			let offset = 0;
			for (const line of block(`hex ${label}`).split("\n")) {
				const stated = /^# (\d+):/.exec(line)?.[1];
				if (stated === undefined) offset += line.length / 2;
				else expect(Number(stated)).toBe(offset);
			}
			expect(offset).toBe(bytesOf(label).length);
		}
	});
});

test("the sentinel of the document is one, and what memwal writes", async () => {
	const bytes = bytesOf("sentinel");
	const codec = await loadCodec();
	const { header, schema, rows, writeId } = codec.decode(bytes);
	expect(header).toEqual({ writerEpoch: 2n, generation: undefined, fenceSentinel: true });
	expect([schema.fields, rows]).toEqual([[], 0]);
	expect(writeId).toEqual(WRITE_ID);
	const encoded = codec.encode({
		schema,
		batches: [],
		header: { writerEpoch: 2n, fenceSentinel: true },
		writeId: WRITE_ID,
	});
	expect(Buffer.from(encoded.bytes).toString("hex")).toBe(Buffer.from(bytes).toString("hex"));
	encoded.release();
});

test("the metadata keys are those of the document", () => {
	const section = text.slice(text.indexOf("### Metadata"), text.indexOf("### Sentinels"));
	const keys = [...section.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, key]) => key);
	expect(keys.sort()).toEqual([...ENTRY_KEYS].sort());
});

describe("the manifest", () => {
	test("of the document is the engine's, byte for byte", () => {
		const path = `closed_cleanly/${SHARD}/manifest/${bitReversedName(2n)}.binpb`;
		expect(bytesOf("manifest")).toEqual(goldenFile(path));
		expect(encodeManifest(decodeManifest(bytesOf("manifest"), path))).toEqual(bytesOf("manifest"));
	});

	test.each([
		["ShardManifest", ShardManifestSchema],
		["UUID", UUIDSchema],
		["SsTable", SsTableSchema],
		["ShardFieldEntry", ShardFieldEntrySchema],
	])("has the fields of the document: %s", (_name, schema) => {
		for (const field of schema.fields) {
			expect(text).toMatch(new RegExp(`\\| ${field.number} \\| [A-Za-z0-9 ]+ \\| \`${field.name}\` \\|`));
		}
		expect(schema.fields.length).toBeGreaterThan(0);
	});

	test("has no more fields than the document", () => {
		const section = text.slice(text.indexOf("### Fields"), text.indexOf("### A manifest, byte by byte"));
		const documented = [...section.matchAll(/\| (\d+) \| [A-Za-z0-9 ]+ \| `([a-z_0-9]+)` \|/g)].map(
			([, , name]) => name,
		);
		const declared = [ShardManifestSchema, UUIDSchema, SsTableSchema, ShardFieldEntrySchema].flatMap(({ fields }) =>
			fields.map(({ name }) => name),
		);
		expect(documented.sort()).toEqual(declared.sort());
	});
});

test("the hint is the document's, byte for byte", () => {
	expect(new TextDecoder().decode(encodeVersionHint(2n))).toBe(block("json hint"));
	expect(goldenFile(`closed_cleanly/${SHARD}/manifest/version_hint.json`)).toEqual(encodeVersionHint(2n));
});

describe("the reader of the document", () => {
	test("is the one that is tested here", () => {
		expect(`${block("ts reader")}\n`).toBe(
			readFileSync(new URL("./reader-of-the-document.ts", import.meta.url), "utf8"),
		);
	});

	test("reads what a Lance engine wrote, from the replay cursor on", () => {
		const rowsOf = (tree: string) => idsOf(readShard(goldenPath(`${tree}/${SHARD}`))).length;
		expect(rowsOf("wal_only")).toBe(1);
		expect(rowsOf("reopened_after_crash")).toBe(7);
		expect(rowsOf("closed_cleanly")).toBe(0);
	});

	test("reads what memwal wrote", () => {
		const shard = join(folder, "shard");
		const entries = [bytesOf("entry"), bytesOf("sentinel"), bytesOf("entry")];
		for (const [at, bytes] of entries.entries()) {
			const path = join(shard, "wal", `${bitReversedName(BigInt(at + 1))}.arrow`);
			mkdirSync(dirname(path), { recursive: true });
			writeFileSync(path, bytes);
		}
		expect(idsOf(readShard(shard))).toEqual([7, 8, 7, 8]);
	});

	test("refuses an entry that is cut off anywhere, or changed anywhere", () => {
		const bytes = bytesOf("entry");
		const unnoticed = [];
		for (let length = 0; length < bytes.length; length++) {
			// Cut off exactly behind its stream, it is a whole entry of a writer without trailers.
			if (length !== 520 && reads(bytes.subarray(0, length))) unnoticed.push(`cut at ${length}`);
		}
		for (let at = 0; at < bytes.length; at++) {
			if (reads(bytes.map((byte, index) => (index === at ? byte ^ 0x10 : byte)))) unnoticed.push(`changed at ${at}`);
		}
		expect(unnoticed).toEqual([]);
	});
});

test("every link inside the document leads to a heading", () => {
	const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
		title
			.toLowerCase()
			.replace(/[^a-z0-9 -]/g, "")
			.replaceAll(" ", "-"),
	);
	const links = [...text.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor]) => anchor);
	expect(links.length).toBeGreaterThan(10);
	expect(links.filter((anchor) => !headings.includes(anchor ?? ""))).toEqual([]);
});

function reads(entry: Uint8Array): boolean {
	try {
		return [...readEntry(Uint8Array.from(entry))].length >= 0;
	} catch {
		return false;
	}
}
