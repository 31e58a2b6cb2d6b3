import { WalError } from "@memwal/wal-runtime";
import { expect, it } from "vitest";
import { batchOf, failureOf, intercept, TestLog } from "./test-log.ts";
import { isEntry } from "./test-writer.ts";

it("an append counts every request that was to create its entry, those of the calls that failed before among them", async () => {
	const log = new TestLog();
	let away = true;
	let requests = 0;
	const store = intercept(log.store, {
		putIfAbsent: async (key, proceed) => {
			if (!isEntry(key)) return proceed();
			requests++;
			if (away) throw new WalError("WAL_UNAVAILABLE", "planted", { outcome: "unknown" });
			return proceed();
		},
	});
	const appender = await log.appender(store, { persistDeadlineMs: 1_000 });
	const append = log.clock.run(failureOf(appender.append([batchOf(1)])));
	expect(await append).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
	expect(await log.clock.run(failureOf(appender.settle()))).toMatchObject({ outcome: "unknown" });
	away = false;
	const settled = await log.clock.run(appender.settle());
	expect(settled).toMatchObject({ entryPosition: 1n, attempts: requests });
	expect(requests).toBeGreaterThan(3);
	expect(log.events).toContainEqual(expect.objectContaining({ type: "entry.appended", attempts: requests }));
	expect(await log.clock.run(appender.append([batchOf(2)]))).toMatchObject({ entryPosition: 2n, attempts: 1 });
});
