/** A real S3 server, on loopback. */
export interface S3Server {
	readonly name: string;
	readonly version: string;
	readonly endpoint: string;
	readonly pid: number;
	/** What it writes. */
	readonly folder: string;
	/** Ends the process and removes what it stored. */
	stop(): Promise<void>;
	/** Kills the process where it stands, and starts another one on what it stored; resolves to its endpoint. */
	restartAfterKill(pauseMs: number): Promise<string>;
}

/** What `scripts/s3` gives. */
interface ServerScripts {
	startServer(name: string): Promise<S3Server>;
}

interface ServerFacts {
	readonly BUCKET: string;
	readonly REGION: string;
	readonly CREDENTIALS: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** What a client has to know of the server, besides where it is. */
export interface S3Place {
	readonly bucket: string;
	readonly region: string;
	readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** The scripts of the clone; the same from `src` and from `dist`. */
const SCRIPTS = new URL("../../../scripts/s3/", import.meta.url);

/** Starts the server that `npm run s3` would, on a port of its own and with nothing in it; builds it first where it has to. */
export async function startS3Server(name: string): Promise<S3Server & { readonly place: S3Place }> {
	const { startServer } = (await import(new URL("start-server.mjs", SCRIPTS).href)) as ServerScripts;
	const { BUCKET, REGION, CREDENTIALS } = (await import(new URL("servers.mjs", SCRIPTS).href)) as ServerFacts;
	const server = await startServer(name);
	return { ...server, place: { bucket: BUCKET, region: REGION, credentials: CREDENTIALS } };
}
