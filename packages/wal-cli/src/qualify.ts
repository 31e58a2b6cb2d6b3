import { isWalError } from "@memwal/wal-runtime";
import { type ObjectStore, type QualifyProbe, qualify } from "@memwal/wal-store";
import type { CommonOptions } from "./command-options.ts";
import { countText, durationText } from "./display-numbers.ts";
import { openLog } from "./open-log.ts";
import type { Session } from "./session.ts";
import { terminalText } from "./terminal-text.ts";

/** What `memwal qualify` is told. */
export interface QualifyCommandOptions extends CommonOptions {
	readonly keys: number;
	readonly creators: number;
}

/** Ways to the store that creators race through: connections of their own, as other processes have them. */
const WAYS = 4;

/** Prints what each probe saw; fails where the store cannot hold a log. */
export async function qualifyStore(
	session: Session,
	url: string,
	{ keys, creators, json }: QualifyCommandOptions,
): Promise<void> {
	const { out, signal } = session;
	const stores: ObjectStore[] = [];
	const probes: QualifyProbe[] = [];
	let printed = Promise.resolve();
	const observer = (probe: QualifyProbe) => {
		probes.push(probe);
		if (!json) printed = printed.then(() => printProbe(session, probe));
	};
	try {
		// Each store that `memory:` opens is another one, so that there is one way only.
		for (let way = 0; way < (/^memory:$/i.test(url) ? 1 : WAYS); way++) stores.push(await openLog(url));
		const [store, ...rivals] = stores as [ObjectStore, ...ObjectStore[]];
		await qualify(store, { rivals, keys, creators, signal, observer });
		await printed;
		if (json) return out.line(JSON.stringify({ store: url, verdict: "passed", probes: probes.map(probeJson) }));
		const calls = probes.reduce((sum, { requests }) => sum + requests, 0);
		await out.line(`\npassed: ${probes.length} probes, ${countText(calls)} calls`);
	} catch (error) {
		await printed;
		if (json && isWalError(error, "WAL_STORE_UNSAFE") && probes.length > 0) {
			await out.line(JSON.stringify({ store: url, verdict: "refused", probes: probes.map(probeJson) }));
		}
		throw error;
	} finally {
		for (const store of stores) await store.close?.();
	}
}

async function printProbe({ out, outColors }: Session, probe: QualifyProbe): Promise<void> {
	const { name, passed, evidence, durationMs, requests } = probe;
	const mark = passed ? outColors.green("passed") : outColors.red(outColors.bold("FAILED"));
	const cost = outColors.dim(`(${durationText(durationMs)}, ${countText(requests)} calls)`);
	await out.line(`${mark}  ${outColors.bold(name)}: ${terminalText(evidence)} ${cost}`);
}

function probeJson({ type: _, durationMs, ...probe }: QualifyProbe): Record<string, unknown> {
	return { ...probe, durationMs: Math.round(durationMs * 1_000) / 1_000 };
}
