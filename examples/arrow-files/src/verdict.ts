import type { RowsSeen } from "./rows-seen.ts";

/** A put that was told durable. */
export interface Acknowledgement {
	readonly entryPosition: bigint;
	readonly ids: readonly number[];
}

/** The rows of the files, and behind them those of the log that are in no file. */
export function everyRow({ files, entries }: RowsSeen): number[] {
	const end = endOf(files);
	const rest = entries.filter(({ entryPosition }) => entryPosition > end);
	return [...files, ...rest].flatMap(({ ids }) => ids);
}

/** What is wrong with the rows that were found; nothing, if every acknowledged one is there once and in its order. */
export function flawsOf(seen: RowsSeen, acknowledged: readonly Acknowledgement[]): string[] {
	const flaws: string[] = [];
	const { files, entries, replayAfterEntryPosition: replayAfter } = seen;
	const end = endOf(files);
	if (replayAfter > end) flaws.push(`the log may lose entries up to ${replayAfter}, and the files end with ${end}`);
	const begin = files[0]?.afterEntryPosition ?? 0n;
	if (begin !== 0n) flaws.push(`the chain begins after entry ${begin}`);
	for (const { number, afterEntryPosition: after, lastEntryPosition: last, ids } of files) {
		const covered = entries.filter(({ entryPosition }) => entryPosition > after && entryPosition <= last);
		const wanted = covered.flatMap((entry) => entry.ids);
		if (`${wanted}` !== `${ids}`) flaws.push(`file ${number} has rows ${ids}, and its entries ${wanted}`);
	}
	const rows = everyRow(seen);
	const places = new Map(rows.map((id, place) => [id, place]));
	if (places.size !== rows.length) flaws.push(`${rows.length - places.size} rows are there more than once`);
	let place = -1;
	for (const { entryPosition, ids } of [...acknowledged].sort(byPosition)) {
		for (const id of ids) {
			const found = places.get(id);
			if (found === undefined) flaws.push(`row ${id} of entry ${entryPosition} was acknowledged, and is lost`);
			else if (found < place) flaws.push(`row ${id} of entry ${entryPosition} comes before one that was put earlier`);
			place = found ?? place;
		}
	}
	return flaws;
}

function endOf(files: RowsSeen["files"]): bigint {
	return files.at(-1)?.lastEntryPosition ?? 0n;
}

function byPosition(a: Acknowledgement, b: Acknowledgement): number {
	return a.entryPosition < b.entryPosition ? -1 : a.entryPosition > b.entryPosition ? 1 : 0;
}
