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
});

it("leases at one time never overlap, and begin at multiples of 64", () => {
	const arena = new Arena();
	const leases = Array.from({ length: 100 }, (_, index) => arena.lease(index * 997));
	for (const [index, lease] of leases.entries()) {
		expect(lease.start % 64).toBe(0);
		lease.write(new Uint8Array(index * 997).fill(index));
	}
	for (const [index, { bytes }] of leases.entries()) {
		expect([bytes.length, bytes.every((byte) => byte === index)]).toEqual([index * 997, true]);
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
});

it("no more than a bound is kept while it is not in use", () => {
	const arena = new Arena();
	const slabsOf = () => {
		const leases = Array.from({ length: 6 }, () => arena.lease(30 * MIB));
		for (const lease of leases) lease.release();
		return new Set(leases.map(({ slab }) => slab));
	};
	const first = slabsOf();
	expect(first.size).toBe(6);
	const kept = [...slabsOf()].filter((slab) => first.has(slab));
	expect(kept.length).toBeGreaterThan(0);
	expect(kept.reduce((bytes, slab) => bytes + slab.bytes.length, 0)).toBeLessThanOrEqual(MAX_IDLE_BYTES);
});
