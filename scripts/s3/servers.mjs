import { join } from "node:path";

/** What the servers are told, and whoever talks to them: they are on loopback, for tests. */
export const CREDENTIALS = { accessKeyId: "walaccess", secretAccessKey: "walsecret123" };
export const REGION = "us-east-1";
/** The bucket that each server begins with. */
export const BUCKET = "memwal";

/**
 * One S3 server that can be built from source with Go.
 *
 * @typedef {object} ServerKind
 * @property {string} name
 * @property {string} version
 * @property {string} module What `go install` is given; the program has the name of the server.
 * @property {(ports: readonly number[], data: string) => readonly string[]} args
 * @property {Readonly<Record<string, string>>} env
 */

/**
 * Both let exactly one of many creators win. Older versions of versitygw do not; MinIO's is the last that was published.
 *
 * @type {readonly ServerKind[]}
 */
export const SERVERS = [
	{
		name: "versitygw",
		version: "v1.8.0",
		module: "github.com/versity/versitygw/cmd/versitygw@v1.8.0",
		args: ([port], data) => [
			...["--port", `127.0.0.1:${port}`, "--access", CREDENTIALS.accessKeyId],
			// Without --keep-alive each request would pay for a connection.
			...["--secret", CREDENTIALS.secretAccessKey, "--region", REGION, "--quiet", "--keep-alive", "posix", data],
		],
		env: {},
	},
	{
		name: "minio",
		version: "v0.0.0-20260212201848-7aac2a2c5b7c",
		module: "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c",
		args: ([port, consolePort], data) => [
			...["server", "--quiet", "--address", `127.0.0.1:${port}`],
			...["--console-address", `127.0.0.1:${consolePort}`, data],
		],
		env: {
			MINIO_ROOT_USER: CREDENTIALS.accessKeyId,
			MINIO_ROOT_PASSWORD: CREDENTIALS.secretAccessKey,
			MINIO_BROWSER: "off",
			MINIO_UPDATE: "off",
		},
	},
];

/**
 * The server of that name.
 *
 * @param {string} name
 */
export function serverNamed(name) {
	const found = SERVERS.find((server) => server.name === name);
	if (!found)
		throw new Error(`there is no server ${name}; there are ${SERVERS.map((server) => server.name).join(", ")}`);
	return found;
}

/**
 * Where the built program of a server is kept between runs.
 *
 * @param {string} cache
 * @param {ServerKind} server
 */
export function programOf(cache, { name, version }) {
	return join(cache, "bin", `${name}-${version}`, process.platform === "win32" ? `${name}.exe` : name);
}
