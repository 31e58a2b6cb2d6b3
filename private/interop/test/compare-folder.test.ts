import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Json, LEAF_KINDS, NESTED_KINDS, type NeutralEntry } from "@memwal-private/arrow-samples";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compareFolder } from "../src/compare-folder.ts";
import type { ReadStreamsJob, WriteEntriesJob } from "../src/interop-job.ts";

const REFUSAL = /^WAL_UNSUPPORTED: /;
const ROUNDS = 12;

const made = mkdtempSync(join(tmpdir(), "memwal-interop-"));
let folder = "";

function runBuilt(program: string, job: WriteEntriesJob | ReadStreamsJob): void {
	const built = fileURLToPath(new URL(`../dist/${program}.js`, import.meta.url));
	const { status, stderr } = spawnSync(process.execPath, [built, JSON.stringify(job)], { encoding: "utf8" });
	if (status !== 0) throw new Error(stderr);
}

const read = (): void => runBuilt("read-streams", { folder, prefer: "wasm", reader: "wasm" });
const compare = () => compareFolder(folder, "wasm", REFUSAL);

/** Entries, and what the codec itself finds in them, as another reader would. */
beforeAll(() => {
	folder = join(made, "all");
	mkdirSync(folder);
	const kinds = [...LEAF_KINDS, ...NESTED_KINDS];
	runBuilt("write-entries", { folder, name: "plain", rounds: ROUNDS, seed: 4, compression: "lz4", kinds });
	read();
});

beforeEach(() => {
	folder = mkdtempSync(join(made, "copy-"));
	cpSync(join(made, "all"), folder, { recursive: true });
});

afterAll(() => rmSync(made, { recursive: true, force: true }));

function change(name: string, edit: (entry: NeutralEntry) => unknown): void {
	const file = join(folder, name);
	writeFileSync(file, JSON.stringify(edit(JSON.parse(readFileSync(file, "utf8")))));
}

describe("the verdict on a folder of streams", () => {
	it("finds no difference where there is none, and counts what it compared", () => {
		const { compared, values, differences } = compare();
		expect(differences).toEqual([]);
		expect(compared).toBe(ROUNDS);
		expect(values).toBeGreaterThan(ROUNDS);
	});

	it("finds one planted value, null, type or key", () => {
		change("plain-0.json", (entry) => {
			const values = entry.batches.at(-1)?.at(-1) as Json[];
			values[values.length - 1] = "planted";
			return entry;
		});
		change("plain-1.json", (entry) => ({ ...entry, metadata: [["planted", "key"]] }));
		change("plain-2.json", (entry) => ({ ...entry, fields: entry.fields.map(() => "planted") }));
		change("plain-3.json", (entry) => ({ ...entry, batches: [...entry.batches, [["planted"]]] }));
		const { differences } = compare();
		expect(differences).toHaveLength(4);
		for (const [number, difference] of differences.entries()) {
			expect(difference).toMatch(new RegExp(`^wasm: plain-${number}\\.arrow: .*planted`));
		}
	});

	it("finds a stream that was refused, and one that was not read at all", () => {
		const damaged = join(folder, "plain-5.arrow");
		writeFileSync(damaged, readFileSync(damaged).subarray(0, -48));
		read();
		rmSync(join(folder, "plain-7.wasm.json"));
		const { differences } = compare();
		expect(differences).toHaveLength(2);
		expect(differences[0]).toMatch(/^wasm: plain-5\.arrow: WAL_CORRUPT: /);
		expect(differences[1]).toMatch(/^wasm: plain-7\.arrow: .*undefined/);
	});

	it("names the types that a reader refuses, and fails once it no longer does", () => {
		const unknown = fileURLToPath(new URL("../../fuzz/samples/unknown-list-view.arrow", import.meta.url));
		copyFileSync(unknown, join(folder, "unsupported-list-view.arrow"));
		read();
		expect(compare()).toMatchObject({ refused: ["list-view"], differences: [] });
		copyFileSync(join(folder, "plain-0.wasm.json"), join(folder, "unsupported-list-view.wasm.json"));
		expect(compare().differences).toEqual(["wasm: unsupported-list-view should be refused, and is not: it was read"]);
	});
});
