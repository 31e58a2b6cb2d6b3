import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openStore, WalAppender, WalTailer } from "@memwal/wal-core";
import {
	RecordBatchFileWriter,
	RecordBatchStreamWriter,
	type Table,
	tableFromArrays,
	tableFromIPC,
} from "apache-arrow";
import { beforeAll, describe, expect, it } from "vitest";
import { buildCommand, memwal, ndjson, newLog } from "./built-command.ts";
import { newFolder } from "./new-folder.ts";

const rows = tableFromArrays({ id: Int32Array.from({ length: 2_500 }, (_, id) => id) });

beforeAll(buildCommand, 120_000);

describe("memwal append", () => {
	it("appends an Arrow file, an Arrow stream and NDJSON, from a path and from standard input", async () => {
		const url = await newLog();
		const folder = await newFolder();
		const file = await RecordBatchFileWriter.writeAll(rows).toUint8Array();
		const stream = await RecordBatchStreamWriter.writeAll(rows).toUint8Array();
		const inputs = { file, stream, ndjson: Buffer.from(ndjson(2_500)) };
		const both = async ([name, bytes]: [string, Uint8Array]) => {
			await writeFile(join(folder, name), bytes);
			const args = ["append", url, "--shard", name, "--batch-rows", "1000", "--json"];
			const fromPath = await memwal([...args, join(folder, name)]);
			expect(fromPath).toMatchObject({ code: 0, stderr: "" });
			expect(JSON.parse(fromPath.stdout)).toMatchObject({ rows: 2_500, entries: 3, epoch: "1", lastPosition: "3" });
			const fromInput = await memwal([...args, "-"], { stdin: bytes });
			expect(fromInput).toMatchObject({ code: 0, stderr: "" });
			expect(JSON.parse(fromInput.stdout)).toMatchObject({ rows: 2_500, entries: 3, epoch: "2", firstPosition: "5" });
		};
		await Promise.all(Object.entries(inputs).map(both));
	});

	it("tells people what it did", async () => {
		const url = await newLog();
		const { stdout, stderr, code } = await memwal(["append", url], { stdin: ndjson(3) });
		expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
		for (const line of [
			/^rows {2,}3$/m,
			/^entries {2,}1$/m,
			/^positions {2,}1 to 1$/m,
			/^epoch {2,}1$/m,
			/^acks {2,}p50 /m,
		]) {
			expect(stdout).toMatch(line);
		}
	});

	it("refuses inputs that it cannot read, and writes nothing", async () => {
		const url = await newLog();
		const folder = await newFolder();
		const file = Buffer.from(await RecordBatchFileWriter.writeAll(rows).toUint8Array());
		const stream = Buffer.from(await RecordBatchStreamWriter.writeAll(rows).toUint8Array());
		await writeFile(join(folder, "cut.arrow"), file.subarray(0, file.length - 100));
		const runs = [
			{ run: memwal(["append", url]), says: "standard input is empty" },
			{ run: memwal(["append", url], { stdin: "\n \n" }), says: "standard input has no rows" },
			{ run: memwal(["append", url, join(folder, "cut.arrow")]), says: "was cut" },
			{ run: memwal(["append", url], { stdin: file.subarray(0, 5_000) }), says: "was cut" },
			{ run: memwal(["append", url], { stdin: stream.subarray(0, 1_000) }), says: "not a whole Arrow input" },
			{ run: memwal(["append", url], { stdin: Buffer.from("PAR1….") }), says: "a Parquet file" },
			{ run: memwal(["append", url], { stdin: '[{"a":1}]' }), says: "a JSON array" },
			{ run: memwal(["append", url], { stdin: '{"a":1}\n{"a":}\n' }), says: "line 2 is not a JSON object" },
			{ run: memwal(["append", url, join(folder, "missing")]), says: "there is no such file" },
			{ run: memwal(["append", url, folder]), says: "is a directory" },
			{
				run: memwal(["append", url, "--format", "arrow-stream"], { stdin: ndjson(3) }),
				says: "not a whole Arrow input",
			},
		];
		for (const { run, says } of runs) {
			const { code, stdout, stderr } = await run;
			expect(stderr).toContain(says);
			expect(stderr).toMatch(/^error WAL_INVALID: .+\nnext: .+\n$/);
			expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
		}
		expect(await memwal(["inspect", url])).toMatchObject({ code: 3 });
	});

	it("names line and field of a row that does not fit, says what is durable, and goes on with --skip-rows", async () => {
		const url = await newLog();
		const file = join(await newFolder(), "rows.ndjson");
		await writeFile(file, `${ndjson(250)}{"id":"x"}\n`);
		const args = ["append", url, file, "--batch-rows", "100", "--infer-lines", "10"];
		const failed = await memwal(args);
		expect(failed).toMatchObject({ code: 2, stdout: "" });
		expect(failed.stderr).toContain("so far: 200 rows in 2 entries are durable, at positions 1 to 2\n");
		expect(failed.stderr).toContain('line 251: field "id" is "x", but its column holds whole numbers (Int64)');
		expect(failed.stderr).toContain(`--skip-rows 200\n`);
		await writeFile(file, ndjson(251));
		expect(await memwal([...args, "--skip-rows", "200"])).toMatchObject({ code: 0 });
		const { stdout } = await memwal(["tail", url, "--jsonl"]);
		expect(stdout).toBe(ndjson(251));
	});

	it("warns of an Arrow stream without its end, whose rows it appends", async () => {
		const url = await newLog();
		const stream = Buffer.from(await RecordBatchStreamWriter.writeAll(rows).toUint8Array());
		const { code, stderr, stdout } = await memwal(["append", url, "--json"], { stdin: stream.subarray(0, -8) });
		expect(code).toBe(0);
		expect(stderr).toMatch(/^warning: standard input ends without an end-of-stream marker/);
		expect(JSON.parse(stdout)).toMatchObject({ rows: 2_500 });
	});

	it("ends with 4 when another writer takes over, and says what is durable", async () => {
		const url = await newLog();
		const run = memwal(["append", url, "--batch-rows", "10", "--infer-lines", "1"], { stdin: "open" });
		const { stdin } = run.child;
		stdin?.write(ndjson(15));
		await untilRows(url, 10);
		const store = await openStore(url);
		const other = await WalAppender.open({ store });
		stdin?.write(ndjson(15, 15));
		const { code, stderr } = await run;
		await other.close();
		await store.close?.();
		expect(code).toBe(4);
		expect(stderr).toContain("so far: 10 rows in 1 entry are durable, at positions 1 to 1\n");
		expect(stderr).toContain("error WAL_FENCED: ");
		expect(stderr).toContain("next: Let the other writer work.");
	});

	it("ends with 130 on Ctrl-C while its input is open, and says what is durable", async () => {
		const url = await newLog();
		const run = memwal(["append", url, "--batch-rows", "10", "--infer-lines", "1"], { stdin: "open" });
		run.child.stdin?.write(ndjson(25));
		await untilRows(url, 20);
		run.child.kill("SIGINT");
		const { code, stdout, stderr } = await run;
		expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
		expect(stderr).toBe("so far: 20 rows in 2 entries are durable, at positions 1 to 2\ninterrupted by SIGINT\n");
		expect((await memwal(["tail", url, "--jsonl"])).stdout).toBe(ndjson(20));
	});

	it("keeps the types of an Arrow input, through the log and out again", async () => {
		const url = await newLog();
		const source = tableFromArrays({
			...{ i8: Int8Array.of(-1, 2), u64: BigUint64Array.of(2n ** 64n - 1n, 0n), word: ["a", "b"] },
			...{ day: [new Date(0), new Date(86_400_000)], half: [0.5, null] },
		});
		await memwal(["append", url], { stdin: await RecordBatchStreamWriter.writeAll(source).toUint8Array() });
		const { bytes } = await memwal(["tail", url, "--arrow"]);
		const types = (table: Table) => table.schema.fields.map(({ name, type }) => `${name} ${type}`);
		expect(types(tableFromIPC(bytes))).toEqual(types(source));
		await memwal(["append", url, "--shard", "again"], { stdin: bytes });
		const [first, second] = await Promise.all([
			memwal(["tail", url, "--jsonl"]),
			memwal(["tail", url, "--jsonl", "--shard", "again"]),
		]);
		expect(first.stdout).toContain('{"i8":-1,"u64":18446744073709551615,"word":"a",');
		expect(second.stdout).toBe(first.stdout);
	});
});

/** Waits until the log has that many rows. */
async function untilRows(url: string, rows: number): Promise<void> {
	const store = await openStore(url);
	const tailer = await WalTailer.open({ store });
	let read = 0;
	while (read < rows) {
		await sleep(20);
		read = 0;
		for await (const entry of tailer.entries()) read += entry.rows;
	}
	await store.close?.();
}
