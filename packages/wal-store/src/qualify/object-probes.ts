import { bodyOf, create, demand, type Probe, patiently, read, sameBytes, write } from "./probe.ts";

const createOnExisting: Probe = {
	name: "create on existing",
	async run(context) {
		const key = `${context.base}existing`;
		const first = bodyOf("the first", 400);
		await write(context, key, first);
		for (const body of [bodyOf("another", 400), new Uint8Array(), bodyOf("the first, and more", 500)]) {
			const again = await create(context, key, body);
			demand(again.result === "taken", "an object was created where there was one");
			demand(sameBytes((await read(context, key))?.bytes, first), "an object was overwritten");
		}
		return "3 writes refused, the first one's bytes kept";
	},
};

const ranges: Probe = {
	name: "ranges",
	async run(context) {
		const { base, stores, signal } = context;
		const key = `${base}ranged`;
		const whole = bodyOf("ranges", 1_000);
		await write(context, key, whole);
		for (const [start, end] of [
			[0, 1],
			[17, 400],
			[990, 2_000],
			[1_000, 1_010],
			[5_000, 6_000],
		] as const) {
			const object = await patiently(context, () => stores[0].get(key, { range: { start, end }, signal }));
			demand(
				sameBytes(object?.bytes, whole.slice(start, end)),
				`bytes ${start} to ${end} are not those that were asked for`,
			);
			demand(object?.size === whole.length, `with bytes ${start} to ${end} comes another size than the object's`);
		}
		return "5 ranges, also across the end and past it";
	},
};

const sizeAndTime: Probe = {
	name: "size and last-modified",
	async run(context) {
		const { base, stores, clock, signal } = context;
		const key = `${base}dated`;
		await write(context, key, bodyOf("dated", 123));
		const object = await read(context, key);
		const head = await patiently(context, () => stores[0].head(key, { signal }));
		const listed = await patiently(context, async () => {
			for await (const meta of stores[0].list(key, { signal })) return meta;
			return undefined;
		});
		for (const meta of [object, head, listed]) {
			demand(meta?.size === 123, `an object of 123 bytes is said to have ${meta?.size}`);
			demand(
				meta?.lastModifiedMs === object?.lastModifiedMs,
				"a read, a look and a list tell different times of one object",
			);
		}
		const skewMs = (object?.lastModifiedMs ?? Number.NaN) - clock.now();
		demand(
			Number.isFinite(skewMs) && object?.lastModifiedMs !== 0,
			"the store does not tell when an object was created",
		);
		return `the same from read, look and list; the store's clock is ${clockText(skewMs)}`;
	},
};

const largeBodies: Probe = {
	name: "large bodies",
	async run(context) {
		const { base, largeBytes } = context;
		const key = `${base}large`;
		const body = bodyOf("large", largeBytes);
		await write(context, key, body);
		demand(sameBytes((await read(context, key))?.bytes, body), "a large object does not come back as it was sent");
		// Many stores refuse it before they have read it, so that the refusal arrives as a reset.
		const rival = await create(context, key, bodyOf("a rival", largeBytes));
		demand(rival.result === "taken", "a large object was created where there was one");
		demand(
			(await create(context, key, body)).result === "written",
			"a large object that is there is not found to be ours",
		);
		return `${largeBytes} bytes, whole, and not overwritten`;
	},
};

/** Stores tell whole seconds, so that two say nothing. */
function clockText(skewMs: number): string {
	if (Math.abs(skewMs) < 2_000) return "this machine's";
	return `${Math.round(Math.abs(skewMs) / 1_000)} s ${skewMs > 0 ? "ahead" : "behind"}`;
}

export const objectProbes: readonly Probe[] = [createOnExisting, ranges, sizeAndTime, largeBodies];
