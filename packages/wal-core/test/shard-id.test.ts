import { isWalError } from "@memwal/wal-runtime";
import { expect, test } from "vitest";
import { resolveShard, shardIdFromBytes, shardIdOf, shardIdToBytes } from "../src/shard-id.ts";

test.each([
	["unsharded", "aa48498d-ac91-59e2-8452-69f46010ace2"],
	["bucket-0", "4a388480-a25b-59a8-b058-24217f980256"],
	["bucket-1", "8e131bde-8368-54ff-89d9-c2e1cc781b29"],
])("the name %s means the shard that LanceDB uses", (name, shardId) => {
	expect(resolveShard(name)).toEqual({ shardId, name });
});

test("an identity shard's id comes from the bytes of its value", () => {
	const bytes = Uint8Array.from([...new TextEncoder().encode("identity-"), 7, 0, 0, 0]);
	expect(shardIdOf(bytes)).toBe("d8a9c3ca-182a-5872-9c53-414a376aed07");
});

test("names are told apart by their UTF-8 bytes", () => {
	const composed = resolveShard("caf\u00e9").shardId;
	expect(composed).toBe(shardIdOf(Uint8Array.from([99, 97, 102, 0xc3, 0xa9])));
	expect(resolveShard("cafe\u0301").shardId).not.toBe(composed);
});

test.each([
	["550E8400-E29B-41D4-A716-446655440000", "550e8400-e29b-41d4-a716-446655440000"],
	["aa48498d-ac91-59e2-8452-69f46010ace2", "aa48498d-ac91-59e2-8452-69f46010ace2"],
	["00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"],
	["FFFFFFFF-ffff-FFFF-ffff-FFFFFFFFFFFF", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
])("the UUID %s is kept, in lower case", (given, shardId) => {
	expect(resolveShard(given)).toEqual({ shardId, name: undefined });
});

test("what only looks like a UUID is a name", () => {
	const almost = "550e8400e29b41d4a716446655440000";
	expect(resolveShard(almost).name).toBe(almost);
});

test.each([
	["empty", "", "is empty"],
	["with a NUL", "a\0b", "control characters"],
	["with a line break", "a\nb", "control characters"],
	["with a C1 control", "a\u009bb", "control characters"],
	["with half a surrogate pair", "a\ud800b", "surrogates"],
	["of 201 bytes", "x".repeat(201), "201 bytes"],
	["of 201 bytes in fewer characters", "\u20ac".repeat(67), "201 bytes"],
])("a name %s may not be", (_what, name, problem) => {
	const error = thrownBy(() => resolveShard(name));
	expect(isWalError(error, "WAL_INVALID")).toBe(true);
	expect(String(error)).toContain(problem);
});

test("a name of exactly 200 bytes may be", () => {
	expect(resolveShard("x".repeat(200)).name).toHaveLength(200);
});

test("what is no string is a TypeError", () => {
	// @ts-expect-error a string is required
	expect(() => resolveShard(7)).toThrow(TypeError);
});

test("an id is 16 bytes in the order in which it is printed", () => {
	const shardId = "aa48498d-ac91-59e2-8452-69f46010ace2";
	const bytes = shardIdToBytes(shardId);
	expect(Buffer.from(bytes).toString("hex")).toBe("aa48498dac9159e2845269f46010ace2");
	expect(shardIdFromBytes(bytes)).toBe(shardId);
	expect(
		isWalError(
			thrownBy(() => shardIdToBytes("unsharded")),
			"WAL_INVALID",
		),
	).toBe(true);
});

function thrownBy(action: () => unknown): unknown {
	try {
		action();
	} catch (error) {
		return error;
	}
	throw new Error("nothing was thrown");
}
