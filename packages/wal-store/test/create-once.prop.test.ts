import { outcomeOf, seededRandom } from "@memwal/wal-runtime";
import { ManualClock } from "@memwal/wal-runtime/testing";
import { openMemoryStore } from "@memwal/wal-store/memory";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createOnce } from "../src/create-once.ts";
import { denied, type Fate, full, Ghosts, lost, refused, ScriptedStore, silent } from "./scripted-store.ts";

const KEY = "wal/1";
const DEADLINE_MS = 5_000;
const DRIVER_TIMEOUT_MS = 4_000;

/** One step of a creator's bad luck: it meets the creator's next request, whatever that is. */
const step = fc.record({
	fate: fc.constantFrom<string>(
		"answered",
		"lost",
		"replyLost",
		"refused",
		"full",
		"denied",
		"ghost",
		"silent",
		"short",
	),
	delayMs: fc.integer({ min: 0, max: 3_000 }),
	replyDelayMs: fc.integer({ min: 0, max: 3_000 }),
});
const creator = fc.record({
	startMs: fc.integer({ min: 0, max: 2_000 }),
	steps: fc.array(step, { maxLength: 8 }),
	seed: fc.nat(),
	inDoubt: fc.boolean(),
	abortMs: fc.option(fc.integer({ min: 0, max: 8_000 }), { freq: 5 }),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Whether the object's name is on disk, or only visible: a folder whose fsync can fail, as in `fs`. */
class Folder {
	onDisk = false;

	/** Naming an object, or finding its name taken, is followed by an fsync of the folder; here it fails. */
	readonly unsynced: Fate = async (request) => {
		await request.proceed();
		return lost(request);
	};

	readonly synced: Fate = async (request) => {
		const answer = await request.proceed();
		if (request.operation === "putIfAbsent" || request.operation === "sync") this.onDisk = true;
		return answer;
	};
}

function fateOf({ fate, delayMs, replyDelayMs }: Step, clock: ManualClock, folder: Folder, ghosts: Ghosts): Fate {
	return async (request) => {
		await clock.sleep(delayMs);
		const writes = request.operation === "putIfAbsent";
		const answer = await (() => {
			switch (fate) {
				case "lost":
					return lost(request);
				case "replyLost":
					return folder.unsynced(request);
				case "refused":
					return refused(request);
				case "full":
					return writes ? full(request) : lost(request);
				case "denied":
					return denied(request);
				case "ghost":
					return writes ? ghosts.fate(request) : lost(request);
				case "silent":
					return Promise.race([silent(request), clock.sleep(DRIVER_TIMEOUT_MS).then(() => lost(request))]);
				case "short":
					return request.operation === "get" ? short(request) : folder.synced(request);
				default:
					return folder.synced(request);
			}
		})();
		await clock.sleep(replyDelayMs);
		return answer;
	};
}

const short: Fate = async ({ proceed }) => {
	const whole = (await proceed()) as { bytes: Uint8Array } | undefined;
	return (whole && { ...whole, bytes: whole.bytes.subarray(1) }) as never;
};

test("of racing creators, whatever the store does to them, one owns the key, and nobody is told a lie", async () => {
	const told: Record<string, number> = {};
	await fc.assert(
		fc.asyncProperty(
			fc.array(creator, { minLength: 1, maxLength: 3 }),
			fc.nat({ max: 9 }),
			async (creators, lateness) => {
				const clock = new ManualClock();
				const inner = openMemoryStore({ clock });
				const folder = new Folder();
				const ghosts = new Ghosts();
				const calls = creators.map(async ({ startMs, steps, seed, inDoubt, abortMs }, i) => {
					const body = new Uint8Array(8).fill(i + 1);
					const luck = [...steps];
					const store = new ScriptedStore({
						inner,
						canSync: true,
						decide: () => {
							const next = luck.shift();
							return next ? fateOf(next, clock, folder, ghosts) : folder.synced;
						},
					});
					const controller = new AbortController();
					if (abortMs !== null) void clock.sleep(abortMs).then(() => controller.abort());
					await clock.sleep(startMs);
					try {
						const random = seededRandom(seed);
						const { signal } = controller;
						const options = { clock, random, deadlineMs: DEADLINE_MS, signal, inDoubt };
						const { result, ...rest } = await createOnce(store, KEY, [body.subarray(0, 3), body.subarray(3)], options);
						const existing = "existing" in rest ? rest.existing.bytes : undefined;
						return { told: result, existing, onDisk: folder.onDisk };
					} catch (error) {
						return { told: outcomeOf(error), inDoubt };
					} finally {
						body.fill(0xff);
					}
				});
				// Ghosts land while others still try, and after everybody has given up.
				const haunting = (async () => {
					for (let i = 0; i < 10; i++) {
						await clock.sleep(1_000 * lateness);
						if (ghosts.count > 0) await ghosts.land();
					}
				})();
				const results = await clock.run(Promise.all(calls));
				await clock.run(haunting);
				while (ghosts.count > 0) await ghosts.land();
				await clock.advance(60_000);

				const owner = (await inner.get(KEY))?.bytes[0];
				results.forEach((result, i) => {
					told[result.told] = (told[result.told] ?? 0) + 1;
					const isOwner = owner === i + 1;
					if (result.told === "written") expect({ isOwner, ...result }).toMatchObject({ isOwner: true, onDisk: true });
					if (result.told === "taken") expect(result).toMatchObject({ existing: { 0: owner }, onDisk: true });
					if (result.told === "taken") expect(isOwner).toBe(false);
					if (result.told === "not-written")
						expect({ isOwner, ...result }).toMatchObject({ isOwner: false, inDoubt: false });
				});
				expect(results.filter((result) => result.told === "written").length).toBeLessThanOrEqual(1);
				expect(clock.pendingTimers).toBe(0);
			},
		),
		{ numRuns: 600 },
	);
	// The property is worth something only where every answer occurs.
	for (const answer of ["written", "taken", "unknown", "not-written"]) expect(told[answer]).toBeGreaterThan(20);
});
