import { seededRandom } from "@memwal/wal-runtime";
import { drawFault, type FaultCase, type Place } from "./fault-deck.ts";
import type { FaultName, WireFault } from "./wire-fault.ts";
import { REQUEST_KINDS, type RequestKind, type WireRequest } from "./wire-request.ts";

export interface RoundFaultsOptions {
	readonly seed: number;
	/** How many requests fail by chance, from 0 to 1; of entries that are written more, of what is read less. */
	readonly rate: number;
	/** The faults of these; some are left out, so that nothing rare hides behind what is frequent. */
	readonly names: readonly FaultName[];
	readonly cases: readonly FaultCase[];
	/** How far the round is. */
	readonly place: () => Place;
}

const KIND_NUMBERS: readonly RequestKind[] = REQUEST_KINDS;

/** A write in doubt is what this is about; a read that fails is only made again, after a while. */
const WEIGHTS: Partial<Record<RequestKind, number>> = { "entry PUT": 3, GET: 0.5, HEAD: 0.5, LIST: 2 };

/** From this size on a server refuses an existing key before it has read the body. */
const LARGE_BODY_BYTES = 4 * 2 ** 20;

/**
 * What goes wrong in one round: the cases that it was dealt, when each is due, and faults by chance besides. Chance
 * looks at nothing but the seed, the kind of a request and its number.
 */
export class RoundFaults {
	/** How often which fault befell a request. */
	readonly injected: Partial<Record<FaultName, number>> = {};
	readonly met: FaultCase[] = [];
	readonly #options: RoundFaultsOptions;
	readonly #due: FaultCase[];
	readonly #largeSeen = new Set<string>();
	#calm = false;

	constructor(options: RoundFaultsOptions) {
		this.#options = options;
		this.#due = [...options.cases];
	}

	/** Cases that befell nothing so far. */
	get left(): readonly FaultCase[] {
		return this.#due;
	}

	/** From now on nothing goes wrong any more. */
	calmDown(): void {
		this.#calm = true;
	}

	plan(request: WireRequest): WireFault | undefined {
		if (this.#calm) return undefined;
		const fault = this.#dueNow(request) ?? this.#ofLargeBody(request) ?? this.#byChance(request);
		if (fault) this.injected[fault.name] = (this.injected[fault.name] ?? 0) + 1;
		return fault;
	}

	#dueNow({ kind }: WireRequest): WireFault | undefined {
		const place = this.#options.place();
		const index = this.#due.findIndex((one) => one.kind === kind && one.place === place);
		const [due] = index < 0 ? [] : this.#due.splice(index, 1);
		if (due) this.met.push(due);
		return due?.fault;
	}

	/** The answer to its first PUT is lost, and that to any later one, a 412, arrives as a reset. */
	#ofLargeBody({ kind, path, bodyBytes }: WireRequest): WireFault | undefined {
		if (kind !== "entry PUT" || bodyBytes < LARGE_BODY_BYTES) return undefined;
		if (this.#largeSeen.has(path)) return { name: "reset-refusal" };
		this.#largeSeen.add(path);
		return { name: "reset-after-commit" };
	}

	#byChance({ kind, ordinal }: WireRequest): WireFault | undefined {
		const { seed, rate, names } = this.#options;
		const random = seededRandom(seed + ordinal * 8 + KIND_NUMBERS.indexOf(kind));
		if (random.float() >= rate * (WEIGHTS[kind] ?? 1)) return undefined;
		const name = names[Math.floor(random.float() * names.length)];
		return name && drawFault(random, name);
	}
}
