import { expect, it } from "vitest";
import { Arena, MAX_IDLE_BYTES } from "../src/arena.ts";

const MIB = 1 << 20;

it("memory that was given back is used again", () => {
	const arena = new Arena();
	const first = arena.lease(1000);
	const { slab, start } = first;
	first.release();
	const second = arena.lease(2000);
	expect([second.slab === slab, second.start]).toEqual([true, start]);
	expect(arena.heldBytes).toBe(MIB);
});

it("leases at one time never overlap, and begin at multiples of 64", () => {
	const arena = new Arena();
	const leases = Array.from({ length: 100 }, (_, index) => arena.lease(index * 997));
	for (const [index, { slab, start, byteLength }] of leases.entries()) {
		expect(start % 64).toBe(0);
		slab.bytes.fill(index, start, start + byteLength);
	}
	for (const [index, { slab, start, byteLength }] of leases.entries()) {
		expect(slab.bytes.subarray(start, start + byteLength).every((byte) => byte === index)).toBe(true);
	}
});

it("a long entry finds the same memory again, although short ones are outstanding", () => {
	const arena = new Arena();
	const rounds = Array.from({ length: 5 }, () => {
		const [short, long] = [arena.lease(1000), arena.lease(8 * MIB)];
		const { slab } = long;
		long.release();
		short.release();
		return slab;
	});
	expect(new Set(rounds).size).toBe(1);
	expect(arena.heldBytes).toBe(11 * MIB);
});

it("no more than a bound is kept while it is not in use", () => {
	const arena = new Arena();
	const leases = Array.from({ length: 6 }, () => arena.lease(30 * MIB));
	expect(arena.heldBytes).toBeGreaterThan(180 * MIB);
	for (const lease of leases) lease.release();
	expect(arena.heldBytes).toBeLessThanOrEqual(MAX_IDLE_BYTES);
	expect(arena.lease(100).byteLength).toBe(100);
});
