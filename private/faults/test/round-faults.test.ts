import { seededRandom } from "@memwal/wal-runtime";
import { describe, expect, it } from "vitest";
import { FAULT_NAMES, FaultDeck, type Place } from "../src/fault-deck.ts";
import { RoundFaults, type RoundFaultsOptions } from "../src/round-faults.ts";
import { planRound } from "../src/round-plan.ts";
import { FAULT_STATUSES } from "../src/wire-fault.ts";
import { REQUEST_KINDS, type RequestKind, type WireRequest } from "../src/wire-request.ts";

const SEED = 20;

function request(kind: RequestKind, ordinal: number, changes: Partial<WireRequest> = {}): WireRequest {
	return { kind, method: "PUT", path: `/${kind}/${ordinal}`, bodyBytes: 100, ordinal, ...changes };
}

function faultsOf(options: Partial<RoundFaultsOptions> = {}): RoundFaults {
	return new RoundFaults({ seed: SEED, rate: 0, names: FAULT_NAMES, cases: [], place: () => "first", ...options });
}

describe("the deck of faults", () => {
	it("has every fault, and every status by itself, at every kind of request at every place", () => {
		const deck = new FaultDeck(seededRandom(SEED));
		const faults = FAULT_NAMES.length - 2 + 2 * Object.keys(FAULT_STATUSES).length;
		expect(deck.size).toBe(faults * REQUEST_KINDS.length * 3);
		const dealt = new Set<string>();
		for (let round = 0; round < deck.size / 10; round++) for (const { name } of deck.deal()) dealt.add(name);
		expect(dealt.size).toBe(deck.size);
	});

	it("deals the same for the same seed", () => {
		const names = (seed: number) => new FaultDeck(seededRandom(seed)).deal().map(({ name }) => name);
		expect(names(SEED)).toEqual(names(SEED));
		expect(names(SEED)).not.toEqual(names(SEED + 1));
	});

	it("begins anew when all is dealt, and deals again what befell nothing", () => {
		const deck = new FaultDeck(seededRandom(SEED));
		const [first] = deck.deal();
		if (first) deck.putBack([first]);
		const dealt = Array.from({ length: deck.size / 10 }, () => deck.deal()).flat();
		expect(dealt).toContain(first);
		expect(deck.deal().length).toBeGreaterThan(0);
	});
});

describe("the faults of a round", () => {
	it("befall the first request of their kind once their place is reached", () => {
		let place: Place = "first";
		const cases = (["middle", "last"] as const).map((at) => ({
			fault: { name: "half-close" } as const,
			kind: "GET" as const,
			place: at,
			name: at,
		}));
		const faults = faultsOf({ cases, place: () => place });
		expect(faults.plan(request("GET", 1))).toBeUndefined();
		place = "middle";
		expect(faults.plan(request("HEAD", 1))).toBeUndefined();
		expect(faults.plan(request("GET", 2))).toEqual({ name: "half-close" });
		expect(faults.plan(request("GET", 3))).toBeUndefined();
		expect(faults.met.map(({ name }) => name)).toEqual(["middle"]);
		expect(faults.left.map(({ name }) => name)).toEqual(["last"]);
		expect(faults.injected).toEqual({ "half-close": 1 });
	});

	it("lose the first answer to a large entry, and make every later refusal of it a reset", () => {
		const faults = faultsOf();
		const large = { bodyBytes: 8 * 2 ** 20, path: "/wal/1" };
		expect(faults.plan(request("entry PUT", 1, large))).toEqual({ name: "reset-after-commit" });
		expect(faults.plan(request("entry PUT", 2, large))).toEqual({ name: "reset-refusal" });
		expect(faults.plan(request("entry PUT", 3, large))).toEqual({ name: "reset-refusal" });
	});

	it("come by a chance that the seed, the kind and the number of a request decide", () => {
		const drawn = (seed: number) => {
			const faults = faultsOf({ seed, rate: 0.2 });
			return Array.from({ length: 200 }, (_, i) => faults.plan(request("entry PUT", i)));
		};
		expect(drawn(SEED)).toEqual(drawn(SEED));
		expect(drawn(SEED)).not.toEqual(drawn(SEED + 1));
		const hit = drawn(SEED).filter(Boolean).length;
		expect(hit).toBeGreaterThan(60);
		expect(hit).toBeLessThan(180);
	});

	it("end when the round is to calm down", () => {
		const faults = faultsOf({ rate: 1 });
		expect(faults.plan(request("entry PUT", 1))).toBeDefined();
		faults.calmDown();
		expect(faults.plan(request("entry PUT", 2))).toBeUndefined();
	});
});

describe("the plan of a round", () => {
	const plan = (seed: number, number = 0) => {
		const random = seededRandom(seed);
		return planRound({ number, random, deck: new FaultDeck(random), groups: 25, writers: "careful" });
	};

	it("is the same for the same seed", () => {
		expect(plan(SEED)).toEqual(plan(SEED));
		expect(plan(SEED)).not.toEqual(plan(SEED + 1));
	});

	it("gives each producer its rows, numbered without a gap, and all together what was asked for", () => {
		for (let seed = 0; seed < 20; seed++) {
			const { producers } = plan(seed);
			expect(producers.reduce((sum, { groups }) => sum + groups.length, 0)).toBe(25);
			for (const { groups } of producers) {
				let next = 0;
				for (const { firstSequence, rows } of groups) {
					expect(firstSequence).toBe(next);
					next += rows;
				}
			}
		}
	});

	it("has entries over 8 MiB in some rounds", () => {
		const largest = (number: number) =>
			Math.max(...plan(SEED, number).producers.flatMap(({ groups }) => groups.map(({ repeats }) => repeats)));
		expect(largest(0)).toBeGreaterThan(2 ** 20);
		expect(largest(1)).toBeLessThan(100);
	});
});
