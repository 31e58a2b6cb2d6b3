import { environmentOf } from "./server-client.mjs";
import { SERVERS } from "./servers.mjs";
import { startServer } from "./start-server.mjs";

const [DEFAULT_SERVER] = /** @type {[import("./servers.mjs").ServerKind]} */ (SERVERS);

/**
 * Starts a server, the first of them unless told otherwise, which ends with `work`; what is passed is what a process needs in its environment to
 * find it.
 *
 * @template T
 * @param {(env: Readonly<Record<string, string>>) => Promise<T>} work
 * @param {import("./servers.mjs").ServerKind} [kind]
 * @returns {Promise<T>}
 * @throws Error where there is no server, with what to do about it.
 */
export async function withServer(work, kind = DEFAULT_SERVER) {
	const { name, version } = kind;
	const server = await startServer(name);
	// A run that is ended from outside must not leave the server behind.
	const onSignal = () => void server.stop().finally(() => process.exit(143));
	process.once("SIGTERM", onSignal);
	try {
		console.log(`On ${name} ${version}`);
		// The SDK would tell of the Node versions of later releases, in each process anew.
		const quiet = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };
		return await work({ ...environmentOf(server.endpoint), ...quiet });
	} finally {
		process.off("SIGTERM", onSignal);
		await server.stop();
	}
}
