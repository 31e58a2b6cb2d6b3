import { setTimeout as sleep } from "node:timers/promises";

/** How long a server may take to end by itself, in milliseconds. */
const GRACE_MS = 5_000;

/** @param {number} pid */
export function isAlive(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

/**
 * Ends one process, at first politely.
 *
 * @param {number} pid
 */
export async function stopProcess(pid) {
	for (const signal of /** @type {const} */ (["SIGTERM", "SIGKILL"])) {
		if (!isAlive(pid)) return;
		process.kill(pid, signal);
		for (let waitedMs = 0; isAlive(pid) && waitedMs < GRACE_MS; waitedMs += 20) await sleep(20);
	}
}
