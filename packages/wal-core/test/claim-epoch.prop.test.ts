import { outcomeOf, seededRandom } from "@memwal/wal-runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
	answered,
	type Fate,
	Ghosts,
	lost,
	refused,
	replyLost,
	type ScriptedRequest,
} from "../../wal-store/test/scripted-store.ts";
import type { EpochClaim } from "../src/epoch-claim.ts";
import { parseManifestFileName } from "../src/shard-paths.ts";
import { ManifestLog, nextGeneration, SHARD } from "./manifest-log.ts";

/** What becomes of one request of an opener. */
const step = fc.record({
	fate: fc.constantFrom("answered", "answered", "lost", "replyLost", "refused", "ghost"),
	delayMs: fc.integer({ min: 0, max: 200 }),
	replyDelayMs: fc.integer({ min: 0, max: 200 }),
});
const opener = fc.record({
	startMs: fc.integer({ min: 0, max: 300 }),
	/** What its attempts to create a version meet, one after the other; all later ones are answered. */
	writes: fc.array(step, { minLength: 1, maxLength: 10 }),
	reads: fc.array(step, { maxLength: 6 }),
	/** Commits after the claim, each of which adds one to the generation. */
	commits: fc.integer({ min: 0, max: 4 }),
	seed: fc.nat(),
});

type Step = { readonly fate: string; readonly delayMs: number; readonly replyDelayMs: number };

function fateOf({ fate, delayMs, replyDelayMs }: Step, log: ManifestLog, ghosts: Ghosts): Fate {
	const fates: Record<string, Fate> = { answered, lost, replyLost, refused };
	return async (request) => {
		await log.clock.sleep(delayMs);
		const writes = request.operation === "putIfAbsent";
		const answer = await (fate === "ghost" ? (writes ? ghosts.fate : lost) : (fates[fate] ?? answered))(request);
		await log.clock.sleep(replyDelayMs);
		return answer;
	};
}

test("of racing openers over a failing store no two have one epoch, and a higher version is a higher epoch", async () => {
	const seen = { claims: 0, fenced: 0, abandoned: 0, commits: 0 };
	await fc.assert(
		fc.asyncProperty(
			fc.array(opener, { minLength: 2, maxLength: 5 }),
			fc.nat({ max: 400 }),
			async (openers, lateness) => {
				const log = new ManifestLog();
				const ghosts = new Ghosts();
				/** Which opener created a version. */
				const creators = new Map<bigint, number>();
				let [added, perhapsAdded] = [0, 0];

				const recorded = async <T>({ key, proceed }: ScriptedRequest<T>, i: number): Promise<T> => {
					const answer = await proceed();
					const version = parseManifestFileName(key.slice(key.lastIndexOf("/") + 1));
					if (answer === "created" && version !== undefined) creators.set(version, i);
					return answer;
				};
				const open = async ({ startMs, writes, reads, commits, seed }: (typeof openers)[number], i: number) => {
					const luck = { writes: [...writes], reads: [...reads] };
					const { store, manifests, events } = log.peer(SHARD, {}, seededRandom(seed));
					store.decide = ({ operation }) => {
						const next = (operation === "putIfAbsent" ? luck.writes : luck.reads).shift();
						const fate = next ? fateOf(next, log, ghosts) : answered;
						return (request) => fate({ ...request, proceed: () => recorded(request, i) });
					};
					await log.clock.sleep(startMs);
					const claim = await manifests.claimEpoch().catch((error: unknown) => {
						expect(error).toMatchObject({ code: expect.stringMatching(/^WAL_(FENCED|UNAVAILABLE)$/) });
						seen.fenced++;
						return undefined;
					});
					for (let n = 0; claim && n < commits; n++) {
						try {
							await manifests.commitUpdate(claim.epoch, nextGeneration);
							added++;
						} catch (error) {
							expect(error).toMatchObject({ code: expect.stringMatching(/^WAL_(FENCED|UNAVAILABLE|TIMEOUT)$/) });
							if (outcomeOf(error) === "unknown") perhapsAdded++;
						}
					}
					seen.abandoned += events.filter(({ type }) => type === "epoch.abandoned").length;
					return claim && { claim, i };
				};
				const haunting = (async () => {
					for (let n = 0; n < 20; n++) {
						await log.clock.sleep(lateness);
						if (ghosts.count > 0) await ghosts.land();
					}
				})();
				const opened = await log.run(Promise.all([...openers.map(open), haunting.then(() => undefined)]));
				while (ghosts.count > 0) await ghosts.land();

				const won = opened.filter((one) => one !== undefined).sort((a, b) => compare(a.claim, b.claim));
				const history = await log.history();
				expect(history.map(({ version }) => version)).toEqual(history.map((_, n) => BigInt(n) + 1n));
				won.forEach(({ claim, i }, n) => {
					const before = won[n - 1]?.claim;
					if (before) expect(claim.epoch).toBeGreaterThan(before.epoch);
					expect(history[Number(claim.manifest.version) - 1]).toEqual(claim.manifest);
					// Whatever fences an opener is another's: none of its own abandoned claims lands above the one it holds.
					for (const { version, writerEpoch } of history.slice(Number(claim.manifest.version))) {
						if (creators.get(version) === i) expect(writerEpoch).toBe(claim.epoch);
					}
				});
				history.reduce((earlier, later) => {
					expect(later.writerEpoch).toBeGreaterThanOrEqual(earlier.writerEpoch);
					return later;
				});
				const generations = Number(history.at(-1)?.currentGeneration ?? 1n) - 1;
				expect(generations).toBeGreaterThanOrEqual(added);
				expect(generations).toBeLessThanOrEqual(added + perhapsAdded);
				// Of HEADs that were sent together, the others may be under way when one has failed.
				await log.clock.advance(1_000);
				expect(log.clock.pendingTimers).toBe(0);
				seen.claims += won.length;
				seen.commits += added;
			},
		),
		{ numRuns: 200 },
	);
	// The property is worth something only where all of this occurs.
	for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);
});

function compare(a: EpochClaim, b: EpochClaim): number {
	return a.manifest.version < b.manifest.version ? -1 : 1;
}
