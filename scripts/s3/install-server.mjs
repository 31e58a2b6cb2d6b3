import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ROOT } from "../root-command.mjs";
import { programOf } from "./servers.mjs";

/** Not committed, and kept between runs: a build takes minutes. */
export const S3_CACHE = join(ROOT, ".cache", "s3");

/** What a registry that is busy for a moment may cost. */
const INSTALL_TRIES = 2;

/**
 * The path of the server's program, which is built with `go install` where it is not there yet.
 *
 * @param {import("./servers.mjs").ServerKind} server
 * @returns {Promise<string>}
 */
export async function installedServer(server) {
	const program = programOf(S3_CACHE, server);
	if (existsSync(program)) return program;
	if (spawnSync("go", ["version"]).status !== 0) {
		throw new Error(
			`Go is missing: ${server.name} is built from source. Install Go 1.25 or later (https://go.dev/dl), so that \`go version\` works, and run this again`,
		);
	}
	console.error(`Building ${server.name} ${server.version} with Go (once; it takes some minutes)`);
	mkdirSync(S3_CACHE, { recursive: true });
	const scratch = mkdtempSync(join(S3_CACHE, "build-"));
	try {
		if (!built(server, scratch)) throw new Error(`${server.name} could not be built; what go said is above`);
		mkdirSync(dirname(program), { recursive: true });
		// Put in place whole: another run may look for it at the same time.
		renameSync(join(scratch, basename(program)), program);
		return program;
	} finally {
		rmSync(scratch, { recursive: true, force: true });
	}
}

/**
 * @param {import("./servers.mjs").ServerKind} server
 * @param {string} folder
 */
function built({ module }, folder) {
	for (let tries = 0; tries < INSTALL_TRIES; tries++) {
		const env = { ...process.env, GOBIN: folder };
		// Standard output belongs to the command.
		const { status } = spawnSync("go", ["install", "-ldflags=-s -w", module], { env, stdio: ["ignore", 2, 2] });
		if (status === 0) return true;
	}
	return false;
}
