import { buildPackages, rootCommand } from "./root-command.mjs";
import { rememberServer, runningServer, stopRunningServer } from "./s3/running-servers.mjs";
import { environmentOf } from "./s3/server-client.mjs";
import { SERVERS } from "./s3/servers.mjs";
import { startServer } from "./s3/start-server.mjs";
import { withServer } from "./s3/with-server.mjs";
import { runVitest } from "./vitest-run.mjs";

await rootCommand({
	help: `
npm run s3 -- up|env|down [versitygw|minio]
npm run s3 -- test [--all] [-- <vitest arguments>]

A real S3 server on loopback: versitygw unless told otherwise. It is built from source with Go, once, into .cache/s3,
and started on a free port with an empty bucket "memwal"; what it stores lies in a folder of the system's temporary one.

  up      starts it, where it does not run yet
  env     prints what a shell needs to use it:  eval "$(npm run --silent s3 -- env)"
  down    ends it and removes what it stored; without a name, every one that runs
  test    runs the tests that need a server, and core's and the command's as they are, on a new one, which ends with
          them; with --all on each of the two. The last line is "N passed, N failed"

It needs Go 1.25 or later.
`,
	async run([action, ...rest]) {
		if (action === "test") return await test(rest);
		const [name] = rest;
		const names = SERVERS.map((server) => server.name);
		if (name !== undefined && !names.includes(name)) return usage(`there is no server ${name}`);
		try {
			if (action === "up") return await up(name ?? "versitygw");
			if (action === "env") return env(name ?? "versitygw");
			if (action === "down") return await down(name === undefined ? names : [name]);
		} catch (error) {
			return { ok: false, summary: `s3: FAILED: ${error instanceof Error ? error.message : error}` };
		}
		return usage(action === undefined ? "what to do is missing" : `there is no ${action}`);
	},
});

/** @param {string} name */
async function up(name) {
	const running = runningServer(name);
	if (running) return { ok: true, summary: `s3: ${name} ${running.version} runs at ${running.endpoint} already` };
	await stopRunningServer(name);
	const server = await startServer(name, { outlivesUs: true });
	rememberServer(server);
	return {
		ok: true,
		summary: `s3: ${name} ${server.version} runs at ${server.endpoint}; npm run s3 -- env tells how to use it`,
	};
}

/** @param {string} name */
function env(name) {
	const server = runningServer(name);
	if (!server) return { ok: false, summary: `s3: FAILED: ${name} does not run; start it: npm run s3 -- up ${name}` };
	for (const [variable, value] of Object.entries(environmentOf(server.endpoint))) {
		console.log(`export ${variable}='${value}'`);
	}
	// A comment, since a shell reads this.
	return { ok: true, summary: `# ${name} ${server.version} at ${server.endpoint}` };
}

/** @param {readonly string[]} names */
async function down(names) {
	/** @type {string[]} */
	const stopped = [];
	for (const name of names) if (await stopRunningServer(name)) stopped.push(name);
	return { ok: true, summary: stopped.length > 0 ? `s3: ended ${stopped.join(", ")}` : "s3: nothing was running" };
}

/** @param {readonly string[]} args */
async function test(args) {
	const all = args.includes("--all");
	const vitestArgs = args.filter((arg) => arg !== "--all" && arg !== "--");
	const buildFailed = (await buildPackages()) !== 0;
	let passed = 0;
	let failed = buildFailed ? 1 : 0;
	for (const server of all ? SERVERS : SERVERS.slice(0, 1)) {
		const counts = await testOn(server, vitestArgs);
		passed += counts.passed;
		failed += counts.failed;
	}
	return { ok: failed === 0, summary: `${passed} passed, ${failed} failed` };
}

/**
 * @param {import("./s3/servers.mjs").ServerKind} server
 * @param {readonly string[]} vitestArgs
 */
async function testOn(server, vitestArgs) {
	try {
		return await withServer(async (address) => {
			const env = { ...address, MEMWAL_S3_SERVER: server.name, MEMWAL_TEST_LOGS: `${address.MEMWAL_S3_URL}/logs` };
			return runVitest(["--config", "vitest.s3.config.ts", ...vitestArgs], env);
		}, server);
	} catch (error) {
		console.error(`s3: FAILED: ${error instanceof Error ? error.message : error}`);
		return { passed: 0, failed: 1 };
	}
}

/** @param {string} problem */
function usage(problem) {
	process.exitCode = 2;
	return { ok: false, summary: `s3: ${problem}; see npm run s3 -- --help` };
}
