import { isWalError, outcomeOf } from "@memwal/wal-runtime";
import type { ObjectStore } from "../object-store.ts";
import { bodyOf, demand, Flaw, type Probe, type ProbeContext, read, sameBytes, undecided } from "./probe.ts";

/** Sizes of the raced bodies: one that arrives in a piece, and one that takes a store some time. */
const BODY_BYTES: readonly number[] = [200, 70_000];

interface Tally {
	winners: number;
	exists: number;
	unknown: number;
}

/** The one that everything rests on: of many creators of a key exactly one wins, and its bytes are stored. */
export const raceProbe: Probe = {
	name: "one winner",
	async run(context) {
		const tally: Tally = { winners: 0, exists: 0, unknown: 0 };
		for (let round = 0; round < context.keys; round++) await race(context, round, tally);
		demand(tally.winners > 0, "no creator of any key was told that it won");
		const { winners, exists, unknown } = tally;
		const doubt = unknown > 0 ? `, ${unknown} in doubt` : "";
		return `${context.keys} keys, ${context.creators} creators each: ${winners} won, ${exists} were told that it exists${doubt}`;
	},
};

async function race(context: ProbeContext, round: number, tally: Tally): Promise<void> {
	const { stores, base, creators, signal } = context;
	const key = `${base}race/${round}`;
	const length = BODY_BYTES[round % BODY_BYTES.length] ?? 200;
	const bodies = Array.from({ length: creators }, (_, creator) => bodyOf(`${key} by ${creator}`, length + creator));
	const results = await Promise.all(
		bodies.map((body, creator) => attempt(stores[creator % stores.length] ?? stores[0], key, body, signal)),
	);
	const count = (wanted: Result) => results.filter((result) => result === wanted).length;
	tally.winners += count("created");
	tally.exists += count("exists");
	tally.unknown += count("unknown");

	const won = count("created");
	if (won > 1) throw new Flaw(`${won} of ${creators} creators of one key were each told that they won`);
	const stored = (await read(context, key))?.bytes;
	const owner = bodies.findIndex((body) => sameBytes(stored, body));
	if (stored === undefined) {
		demand(won === 0, "a creator was told that it won, and its object is not there");
		demand(count("exists") === 0, "a creator was told that the object exists, and it is not there");
		throw undecided(`none of ${creators} creators of ${key} got an answer`);
	}
	demand(owner >= 0, "the object that is stored is none of those that were sent");
	const told = results[owner];
	demand(
		told === "created" || (told === "unknown" && won === 0),
		won === 1
			? "a creator was told that it won, and another one's object is stored"
			: `the object that is stored is of a creator that was told "${told}"`,
	);
}

type Result = "created" | "exists" | "unknown" | "not-written";

/** One attempt, without a second: what is in doubt stays so. */
async function attempt(
	store: ObjectStore,
	key: string,
	body: Uint8Array,
	signal: AbortSignal | undefined,
): Promise<Result> {
	try {
		return await store.putIfAbsent(key, body, { signal });
	} catch (error) {
		// What refuses all writes is no race: no permission, no bucket.
		if (!isWalError(error) || (!error.retryable && error.outcome !== "unknown") || signal?.aborted) throw error;
		return outcomeOf(error) === "not-written" ? "not-written" : "unknown";
	}
}
