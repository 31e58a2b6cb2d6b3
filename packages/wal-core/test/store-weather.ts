import type { Random } from "@memwal/wal-runtime";
import { type FaultName, type FaultPlan, type FaultRates, randomFaults } from "@memwal/wal-store";

/** How often each fault comes, before the seed doubles, lessens or drops it. */
export const USUAL_FAULTS = {
	"request-lost": 0.02,
	"reply-lost": 0.04,
	"ghost-write": 0.03,
	"conflict-409": 0.01,
	"server-error-before": 0.02,
	"server-error-after": 0.02,
	"read-failed": 0.03,
	"short-read": 0.01,
} as const satisfies FaultRates;

/** What befalls requests most of the time, and what in a storm, in which nothing gets through. */
export interface StoreWeather {
	readonly calm: FaultPlan;
	readonly storm: FaultPlan;
}

/** Each fault is on or off as the seed says: rare ones must not hide behind frequent ones. */
export function drawWeather(random: Random, rates: Readonly<Partial<Record<FaultName, number>>>): StoreWeather {
	const usual: Partial<Record<FaultName, number>> = {};
	for (const [name, rate] of Object.entries(rates)) {
		if (random.float() < 0.5) usual[name as FaultName] = rate * 2 * random.float();
	}
	const calm = randomFaults(random, usual);
	const storm = randomFaults(random, { "request-lost": 0.4, "reply-lost": 0.3, "ghost-write": 0.3, "read-failed": 1 });
	return { calm, storm };
}
