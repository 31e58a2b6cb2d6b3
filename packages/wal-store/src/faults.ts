import type { Random } from "@memwal/wal-runtime";
import type { StoreOperation, StoreRequest } from "./intercept.ts";

/** What can go wrong with `putIfAbsent`, `put` and `delete`; all of it leaves the caller with `unknown`. */
export const WRITE_FAULTS = [
	/** The request is lost: nothing is written, now or later, and the caller times out. */
	"request-lost",
	/** The write happens, and its reply is lost. */
	"reply-lost",
	/** The caller times out, and the write happens later: the ghost of a request. */
	"ghost-write",
	/** 409: the store found a conflict and wrote nothing. */
	"conflict-409",
	/** 503, and nothing was written. */
	"server-error-before",
	/** 503, though the write happened. */
	"server-error-after",
] as const;

/** What can go wrong with `get`, `head`, `list` and `sync`. */
export const READ_FAULTS = [
	/** The request fails with an error that can pass. */
	"read-failed",
	/** The bytes of a `get` are cut short. */
	"short-read",
] as const;

export type WriteFaultName = (typeof WRITE_FAULTS)[number];
export type ReadFaultName = (typeof READ_FAULTS)[number];
export type FaultName = WriteFaultName | ReadFaultName;

/** One fault to happen to one request. */
export type Fault =
	| { readonly name: Exclude<FaultName, "ghost-write"> }
	| {
			readonly name: "ghost-write";
			/** How long after the call the write happens, in milliseconds. */
			readonly delayMs: number;
	  };

/** A request that may be struck. */
export interface FaultyRequest extends StoreRequest {
	/** How many requests the store has had before this one. */
	readonly ordinal: number;
}

/** Decides request by request what goes wrong; `undefined` lets it pass. */
export type FaultPlan = (request: FaultyRequest) => Fault | undefined;

/** Whether a fault can happen to an operation. */
export function canStrike(name: FaultName, operation: StoreOperation): boolean {
	switch (operation) {
		case "putIfAbsent":
		case "put":
		case "delete":
			return (WRITE_FAULTS as readonly FaultName[]).includes(name);
		case "get":
			return name === "read-failed" || name === "short-read";
		case "head":
		case "list":
		case "sync":
			return name === "read-failed";
	}
}

/** Of the requests that a fault can happen to, the share that it does happen to: from 0 to 1. */
export type FaultRates = { readonly [Name in FaultName]?: number | undefined };

export interface RandomFaultsOptions {
	/** When ghosts land, in milliseconds after the call: between these two. */
	readonly ghostDelayMs?: { readonly min: number; readonly max: number } | undefined;
}

/**
 * A plan of faults by chance; the same `random` gives the same plan for the same requests.
 *
 * @throws RangeError if the rates of one kind of request sum up to more than 1.
 */
export function randomFaults(random: Random, rates: FaultRates, options: RandomFaultsOptions = {}): FaultPlan {
	const { min, max } = options.ghostDelayMs ?? { min: 200, max: 1_700 };
	for (const names of [WRITE_FAULTS, READ_FAULTS]) {
		const sum = names.reduce((total, name) => total + (rates[name] ?? 0), 0);
		if (!(sum <= 1)) throw new RangeError(`the rates of ${names.join(", ")} sum up to ${sum}, which is more than 1`);
	}
	return ({ operation }) => {
		let left = random.float();
		for (const name of [...WRITE_FAULTS, ...READ_FAULTS]) {
			if (!canStrike(name, operation)) continue;
			left -= rates[name] ?? 0;
			if (left >= 0) continue;
			return name === "ghost-write" ? { name, delayMs: min + random.float() * (max - min) } : { name };
		}
		return undefined;
	};
}
