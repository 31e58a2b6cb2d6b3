import { describe, expect, test } from "vitest";
import { bitReversedName } from "../src/bit-reversal.ts";
import { FIRST_ENTRY_POSITION, MAX_ENTRY_POSITION } from "../src/entry-position.ts";
import {
	entryKey,
	MEM_WAL_PREFIX,
	manifestKey,
	manifestPrefix,
	parseEntryFileName,
	parseManifestFileName,
	versionHintKey,
	walPrefix,
} from "../src/shard-paths.ts";
import { goldenFiles } from "./golden.ts";

const SHARD = "550e8400-e29b-41d4-a716-446655440000";
const ONE = `1${"0".repeat(63)}`;
const FIVE = `101${"0".repeat(61)}`;

test("everything of a shard lies under _mem_wal and its id", () => {
	expect(MEM_WAL_PREFIX).toBe("_mem_wal/");
	expect(walPrefix(SHARD)).toBe(`_mem_wal/${SHARD}/wal/`);
	expect(manifestPrefix(SHARD)).toBe(`_mem_wal/${SHARD}/manifest/`);
	expect(entryKey(SHARD, 5n)).toBe(`_mem_wal/${SHARD}/wal/${FIVE}.arrow`);
	expect(manifestKey(SHARD, 1n)).toBe(`_mem_wal/${SHARD}/manifest/${ONE}.binpb`);
	expect(versionHintKey(SHARD)).toBe(`_mem_wal/${SHARD}/manifest/version_hint.json`);
});

test("the engine's own files have the names that we give", () => {
	const entries = goldenFiles(".arrow").map(({ name }) => parseEntryFileName(name));
	expect(entries.sort()).toEqual([1n, 1n, 1n, 2n, 2n, 3n, 3n, 4n, 5n]);
	const versions = goldenFiles(".binpb").map(({ name }) => parseManifestFileName(name));
	expect(versions.sort()).toEqual([1n, 1n, 1n, 2n, 2n, 3n]);
});

describe.each([
	["an entry's position", entryKey],
	["a manifest's version", manifestKey],
] as const)("%s", (_what, keyOf) => {
	test.each([1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n])("may be %d", (n) => {
		expect(keyOf(SHARD, n)).toContain(`/${bitReversedName(n)}.`);
	});

	test.each([0n, -1n, 2n ** 64n])("may not be %d", (n) => {
		expect(() => keyOf(SHARD, n)).toThrow(RangeError);
	});

	test("is never a number, which could not tell 2^53 from 2^53+1", () => {
		// @ts-expect-error a bigint is required
		expect(() => keyOf(SHARD, 1)).toThrow(TypeError);
	});
});

test("the first and the last position are 1 and 2^64−1", () => {
	expect(FIRST_ENTRY_POSITION).toBe(1n);
	expect(MAX_ENTRY_POSITION).toBe(18_446_744_073_709_551_615n);
});

test.each([1n, 2n ** 53n + 1n, 2n ** 64n - 1n])("file names lead back to %d", (n) => {
	expect(parseEntryFileName(`${bitReversedName(n)}.arrow`)).toBe(n);
	expect(parseManifestFileName(`${bitReversedName(n)}.binpb`)).toBe(n);
});

/** The seed takes everything before the first dot for a position, and lets a crashed writer's leftover move the tip. */
const strayNames: readonly string[] = [
	`${FIVE}.arrow.tmp.7b0e8c3e-54a4-4cb5-93b5-6d9f0c5f8a3d`,
	`${FIVE}.bak`,
	FIVE,
	`${FIVE}.`,
	`.${FIVE}.arrow`,
	`${FIVE}.ARROW`,
	`${FIVE}.arrow `,
	`${FIVE}0.arrow`,
	`${FIVE.slice(1)}.arrow`,
	`x/${FIVE}.arrow`,
	`${"0".repeat(64)}.arrow`,
	"5.arrow",
	".arrow",
	"",
];

test.each(strayNames)("only exactly 64 digits and the extension are a position: %j is none", (name) => {
	expect(parseEntryFileName(name)).toBeUndefined();
	expect(parseManifestFileName(name.replace(".arrow", ".binpb"))).toBeUndefined();
});

test("an entry's name is no manifest's, and the other way round", () => {
	expect(parseManifestFileName(`${FIVE}.arrow`)).toBeUndefined();
	expect(parseEntryFileName(`${FIVE}.binpb`)).toBeUndefined();
});
