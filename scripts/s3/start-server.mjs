import { spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { installedServer } from "./install-server.mjs";
import { createBucket } from "./server-client.mjs";
import { serverNamed } from "./servers.mjs";
import { isAlive, stopProcess } from "./stop-process.mjs";

/** How long a server may take from its start to its first answer, in milliseconds. */
const READY_MS = 30_000;
/** Between a port that was found free and its use, somebody else may take it. */
const START_TRIES = 3;

/**
 * A server that answers.
 *
 * @typedef {object} StartedServer
 * @property {string} name
 * @property {string} version
 * @property {number} pid
 * @property {string} endpoint
 * @property {string} folder What it writes; goes away with it.
 * @property {() => Promise<void>} stop Ends the process and removes its folder.
 * @property {(pauseMs: number) => Promise<string>} restartAfterKill Kills the process where it stands, and starts
 *   another one on what it stored, on another port; resolves to its endpoint.
 */

/**
 * Starts a server on a free port of this machine, with an empty folder and one bucket.
 *
 * @param {string} name
 * @param {{ readonly outlivesUs?: boolean }} [options] Whether it goes on when this process has ended.
 * @returns {Promise<StartedServer>}
 */
export async function startServer(name, { outlivesUs = false } = {}) {
	const program = await installedServer(serverNamed(name));
	for (let tries = 1; ; tries++) {
		try {
			return await tryStart(name, program, outlivesUs);
		} catch (error) {
			if (tries === START_TRIES) throw error;
		}
	}
}

/**
 * @param {string} name
 * @param {string} program
 * @param {boolean} outlivesUs
 * @returns {Promise<StartedServer>}
 */
async function tryStart(name, program, outlivesUs) {
	const folder = mkdtempSync(join(tmpdir(), "memwal-s3-"));
	mkdirSync(join(folder, "data"));
	const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
	let running;
	try {
		running = await launch(name, program, folder, outlivesUs);
	} catch (error) {
		remove();
		throw error;
	}
	let { pid } = running;
	return {
		name,
		version: serverNamed(name).version,
		pid,
		endpoint: running.endpoint,
		folder,
		async stop() {
			await stopProcess(pid);
			remove();
		},
		async restartAfterKill(pauseMs) {
			process.kill(pid, "SIGKILL");
			while (isAlive(pid)) await sleep(5);
			await sleep(pauseMs);
			const restarted = await launch(name, program, folder, outlivesUs);
			pid = restarted.pid;
			return restarted.endpoint;
		},
	};
}

/**
 * Starts the process on what is in the folder; resolves when it answers.
 *
 * @param {string} name
 * @param {string} program
 * @param {string} folder
 * @param {boolean} outlivesUs
 */
async function launch(name, program, folder, outlivesUs) {
	const server = serverNamed(name);
	const ports = await freePorts(2);
	const log = join(folder, "log");
	const output = openSync(log, "w");
	const child = spawn(program, server.args(ports, join(folder, "data")), {
		cwd: folder,
		detached: outlivesUs,
		env: { ...process.env, ...server.env },
		stdio: ["ignore", output, output],
	});
	closeSync(output);
	const endpoint = `http://127.0.0.1:${ports[0]}`;
	try {
		await untilReady(child, endpoint);
	} catch (error) {
		const said = readFileSync(log, "utf8").slice(-2_000);
		if (child.pid !== undefined) await stopProcess(child.pid);
		throw new Error(`${name} did not start: ${error instanceof Error ? error.message : error}\n${said}`);
	}
	if (outlivesUs) child.unref();
	return { pid: child.pid ?? 0, endpoint };
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {string} endpoint
 */
async function untilReady(child, endpoint) {
	const deadline = performance.now() + READY_MS;
	for (;;) {
		try {
			return await createBucket(endpoint);
		} catch (error) {
			if (child.pid === undefined || !isAlive(child.pid)) throw new Error("it ended at once");
			if (performance.now() > deadline) throw error;
			await sleep(50);
		}
	}
}

/**
 * @param {number} count
 * @returns {Promise<number[]>}
 */
async function freePorts(count) {
	const listeners = await Promise.all(
		Array.from({ length: count }, async () => {
			const listener = createServer();
			await new Promise((resolve, reject) => {
				listener.once("error", reject);
				listener.listen(0, "127.0.0.1", () => resolve(undefined));
			});
			return listener;
		}),
	);
	const ports = listeners.map((listener) => /** @type {import("node:net").AddressInfo} */ (listener.address()).port);
	await Promise.all(listeners.map((listener) => new Promise((resolve) => listener.close(resolve))));
	return ports;
}
