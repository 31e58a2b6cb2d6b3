import { expect, it } from "vitest";
import { type AppendHistory, flawsOf, runHistory } from "./append-history.ts";

const HISTORIES = 500;
const APPENDS = 200;

it(`loses, doubles and reorders nothing in ${HISTORIES} seeded histories of racing writers over a failing store`, async () => {
	const flaws: string[] = [];
	let appended = 0;
	let acknowledged = 0;
	let unknown = 0;
	let fenced = 0;
	let opened = 0;
	let settled = 0;
	let followed = 0;
	for (let seed = 1; seed <= HISTORIES && flaws.length === 0; seed++) {
		const history = await runHistory(seed, APPENDS);
		flaws.push(...flawsOf(history));
		appended += history.told.length;
		acknowledged += history.told.filter(({ outcome }) => outcome === "written").length;
		unknown += history.told.filter(({ outcome }) => outcome === "unknown").length;
		fenced += history.fenced;
		opened += history.opened;
		settled += history.settled.length;
		followed += history.followed.length;
	}
	expect(flaws).toEqual([]);
	expect(appended).toBeGreaterThanOrEqual(HISTORIES * APPENDS);
	// The faults must bite, or the run proves nothing.
	expect(acknowledged).toBeGreaterThan(appended / 2);
	expect(unknown).toBeGreaterThan(HISTORIES / 10);
	expect(fenced).toBeGreaterThan(HISTORIES / 10);
	expect(opened).toBeGreaterThan(HISTORIES * 2);
	expect(settled).toBeGreaterThan(HISTORIES / 20);
	expect(followed).toBeGreaterThan(acknowledged / 2);
	console.log(
		JSON.stringify({ histories: HISTORIES, appended, acknowledged, unknown, settled, fenced, opened, followed }),
	);
}, 600_000);

it("gives the same history for the same seed", async () => {
	const trace = ({ told, entries, followed }: AppendHistory) => [
		told,
		followed.length,
		entries.map(({ entryPosition, writerEpoch, bytes, lastModifiedMs }) => [
			entryPosition,
			writerEpoch,
			bytes,
			lastModifiedMs,
		]),
	];
	for (const seed of [3, 44, 405]) {
		expect(trace(await runHistory(seed, 60))).toEqual(trace(await runHistory(seed, 60)));
	}
});

it("would notice a lost, a doubled and a moved row, a hole, an epoch that goes back and a reader that was misled", async () => {
	const history = await runHistory(2, 60);
	expect(flawsOf(history)).toEqual([]);
	const { entries } = history;
	const withRows = entries.findIndex(({ rows }) => rows > 0);
	const [entry] = entries.slice(withRows, withRows + 1);
	if (!entry) throw new Error("a history without rows");
	const end = BigInt(entries.length) + 1n;
	expect(flawsOf({ ...history, entries: entries.filter((e) => e !== entry) }).join()).toMatch(/hole/);
	expect(
		flawsOf({ ...history, entries: entries.map((e) => (e === entry ? { ...e, batches: [] } : e)) }).join(),
	).toMatch(/acknowledged at/);
	expect(flawsOf({ ...history, entries: [...entries, { ...entry, entryPosition: end }] }).join()).toMatch(/doubled/);
	expect(
		flawsOf({ ...history, entries: [...entries, { ...entry, entryPosition: end, writerEpoch: 0n }] }).join(),
	).toMatch(/lies after/);
	expect(
		flawsOf({ ...history, told: history.told.map((t) => ({ ...t, outcome: "not-written" as const })) }).join(),
	).toMatch(/told not written/);
	expect(flawsOf({ ...history, told: [] }).join()).toMatch(/never appended/);
	const rows = entries.filter((e) => e.rows > 0);
	const [one, next] = rows.filter((e, i) =>
		rows.some((f, j) => Math.abs(i - j) === 1 && f.writerEpoch === e.writerEpoch),
	);
	if (!one || !next) throw new Error("a history without two rows in a row");
	const swapped = entries.map((e) =>
		e === one ? { ...e, batches: next.batches } : e === next ? { ...e, batches: one.batches } : e,
	);
	expect(flawsOf({ ...history, entries: swapped }).join()).toMatch(/was appended before/);
	expect(flawsOf({ ...history, settled: [{ epoch: 0n, entryPosition: one.entryPosition }] }).join()).toMatch(
		/settled by/,
	);
	expect(history.followed.length).toBeGreaterThan(0);
	expect(flawsOf({ ...history, followed: history.followed.slice(1) }).join()).toMatch(/follower's number/);
	expect(flawsOf({ ...history, followed: swapped }).join()).toMatch(/another one to the reader/);
	expect(flawsOf({ ...history, followed: [...entries, { ...entry, entryPosition: end }] }).join()).toMatch(/are gone/);
});
