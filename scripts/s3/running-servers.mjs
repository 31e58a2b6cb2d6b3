import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readJson } from "../root-command.mjs";
import { S3_CACHE } from "./install-server.mjs";
import { programOf, serverNamed } from "./servers.mjs";
import { isAlive, stopProcess } from "./stop-process.mjs";

/**
 * A server that `up` started.
 *
 * @typedef {object} RunningServer
 * @property {string} name
 * @property {string} version
 * @property {number} pid
 * @property {string} endpoint
 * @property {string} folder
 */

/** @param {string} name */
const recordOf = (name) => join(S3_CACHE, "running", `${name}.json`);

/**
 * What `up` started and nobody has ended since.
 *
 * @param {string} name
 * @returns {RunningServer | undefined}
 */
export function runningServer(name) {
	const file = recordOf(name);
	if (!existsSync(file)) return undefined;
	const server = /** @type {RunningServer} */ (readJson(file));
	return isAlive(server.pid) && runs(server) ? server : undefined;
}

/** @param {RunningServer} server */
export function rememberServer({ name, version, pid, endpoint, folder }) {
	const file = recordOf(name);
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(`${file}.new`, JSON.stringify({ name, version, pid, endpoint, folder }));
	renameSync(`${file}.new`, file);
}

/**
 * Ends the server, if it runs, and removes what it wrote. Resolves to whether it ran.
 *
 * @param {string} name
 */
export async function stopRunningServer(name) {
	const file = recordOf(name);
	if (!existsSync(file)) return false;
	const server = runningServer(name);
	if (server) await stopProcess(server.pid);
	rmSync(/** @type {RunningServer} */ (readJson(file)).folder, { recursive: true, force: true, maxRetries: 3 });
	rmSync(file);
	return server !== undefined;
}

/**
 * Whether the process is that server still: after a restart of the machine its number may be somebody else's.
 *
 * @param {RunningServer} server
 */
function runs({ name, pid }) {
	const { status, stdout } = spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" });
	return status === 0 && stdout.startsWith(programOf(S3_CACHE, serverNamed(name)));
}
