import type { Random } from "@memwal/wal-runtime";
import { FAULT_STATUSES, type FaultName, type FaultStatus, type WireFault } from "./wire-fault.ts";
import { REQUEST_KINDS, type RequestKind } from "./wire-request.ts";

/** When in a round a fault is due: at the first request of its kind, at the first after half of the work, or near the end. */
export const PLACES = ["first", "middle", "last"] as const;

export type Place = (typeof PLACES)[number];

/** One fault that must be seen, at one kind of request, at one place. */
export interface FaultCase {
	readonly fault: WireFault;
	readonly kind: RequestKind;
	readonly place: Place;
	/** What tells it from every other: times are not part of it. */
	readonly name: string;
}

const STATUSES = Object.keys(FAULT_STATUSES).map(Number) as FaultStatus[];

/** Faults that may befall any request; the one that is missing is for large bodies only. */
export const FAULT_NAMES: readonly Exclude<FaultName, "reset-refusal">[] = [
	"reset-before",
	"reset-after-commit",
	"delay-request",
	"delay-response",
	"truncate-response",
	"duplicate-request",
	"replay-later",
	"status-before",
	"status-after",
	"slow-body",
	"half-close",
	"never-answer",
];

/** A fault of any kind, with its time or status drawn; without statuses of its own, those that are named count as one. */
export function drawFault(random: Random, name: FaultName = pick(random, FAULT_NAMES)): WireFault {
	const upTo = (ms: number) => 1 + Math.floor(random.float() ** 2 * ms);
	switch (name) {
		case "delay-request":
		case "delay-response":
		case "slow-body":
			return { name, ms: upTo(700) };
		case "replay-later":
			return { name, ms: upTo(1_500) };
		case "status-before":
		case "status-after":
			return { name, status: pick(random, STATUSES) };
		default:
			return { name };
	}
}

/** How many cases of one kind of request a round is dealt. */
const CASES_PER_KIND = 2;

/** Every fault at every kind of request at every place, shuffled; it begins anew when all have been dealt. */
export class FaultDeck {
	/** The names of the cases that befell a request. */
	readonly seen: Set<string> = new Set();
	readonly size: number;
	readonly #random: Random;
	#left: FaultCase[] = [];

	constructor(random: Random) {
		this.#random = random;
		this.#left = this.#shuffled();
		this.size = this.#left.length;
	}

	/** Some cases of each kind of request. */
	deal(): FaultCase[] {
		if (this.#left.length === 0) this.#left = this.#shuffled();
		const dealt = REQUEST_KINDS.flatMap((kind) =>
			this.#left.filter((one) => one.kind === kind).slice(0, CASES_PER_KIND),
		);
		this.#left = this.#left.filter((one) => !dealt.includes(one));
		return dealt;
	}

	/** Takes back what befell nothing; it is dealt again, later. */
	putBack(cases: readonly FaultCase[]): void {
		this.#left.push(...cases);
	}

	#shuffled(): FaultCase[] {
		const faults = FAULT_NAMES.flatMap((name): WireFault[] =>
			name === "status-before" || name === "status-after"
				? STATUSES.map((status) => ({ name, status }))
				: [drawFault(this.#random, name)],
		);
		const all: FaultCase[] = faults.flatMap((fault) =>
			REQUEST_KINDS.flatMap((kind) =>
				PLACES.map((place) => ({ fault, kind, place, name: `${labelOf(fault)} × ${kind} × ${place}` })),
			),
		);
		for (let i = all.length - 1; i > 0; i--) {
			const j = Math.floor(this.#random.float() * (i + 1));
			[all[i], all[j]] = [all[j] as FaultCase, all[i] as FaultCase];
		}
		return all;
	}
}

function labelOf(fault: WireFault): string {
	return "status" in fault ? `${fault.name} ${fault.status}` : fault.name;
}

function pick<T>(random: Random, values: readonly T[]): T {
	return values[Math.floor(random.float() * values.length)] as T;
}
