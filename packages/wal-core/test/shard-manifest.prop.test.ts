import { isWalError } from "@memwal/wal-runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { shardIdFromBytes } from "../src/shard-id.ts";
import { decodeManifest, encodeManifest, type ShardManifest } from "../src/shard-manifest.ts";
import { goldenFiles } from "./golden.ts";

const u64 = fc.oneof(fc.constantFrom(0n, 1n, 2n ** 53n, 2n ** 64n - 1n), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
const text = fc.string({ unit: "binary", maxLength: 12 }).filter((s) => !/\p{Surrogate}/u.test(s));

const manifests: fc.Arbitrary<ShardManifest> = fc.record({
	version: u64.map((n) => n || 1n),
	writerEpoch: u64,
	replayAfterEntryPosition: u64,
	lastSeenEntryPosition: u64,
	currentGeneration: u64,
	sstables: fc.array(
		fc.record(
			{ generation: u64, path: text, inMemoryBytes: u64, physicalRows: u64, primaryKeyBytes: u64 },
			{ requiredKeys: ["generation", "path"], noNullPrototype: true },
		),
		{ maxLength: 4 },
	),
	shardSpecId: fc.nat(0xffff_ffff),
	shardId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(shardIdFromBytes),
	shardFieldEntries: fc
		.array(fc.tuple(text, fc.uint8Array({ maxLength: 8 })), { maxLength: 4 })
		.map((entries) => new Map<string, Uint8Array>(entries)),
	status: fc.constantFrom("active", "sealed"),
});

test("any manifest is read back as it was written, and written again the same", () => {
	fc.assert(
		fc.property(manifests, (manifest) => {
			const bytes = encodeManifest(manifest);
			const decoded = decodeManifest(bytes, "key");
			expect(decoded).toEqual(manifest);
			expect(encodeManifest(decoded)).toEqual(bytes);
		}),
	);
});

test("damaged bytes give a manifest or a typed error, nothing else", () => {
	const originals = goldenFiles(".binpb").map(({ bytes }) => bytes);
	const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
	fc.assert(
		fc.property(fc.constantFrom(...originals), flips, fc.nat(), (original, changes, cut) => {
			const bytes = original.slice(0, original.length - (cut % original.length));
			for (const [at, value] of changes) bytes[at % bytes.length] = value;
			try {
				expect(decodeManifest(bytes, "key").version).toBeGreaterThan(0n);
			} catch (error) {
				expect(isWalError(error, "WAL_CORRUPT") || isWalError(error, "WAL_UNSUPPORTED")).toBe(true);
			}
		}),
		{ numRuns: 2_000 },
	);
});
